package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

const (
	agents       = 4
	rounds       = 12 // of create, retrieve, line items, list and expire, per agent
	nodeSessions = 25
	kills        = 6
	// callsBetween is how many calls are answered between two kills: kills are
	// paced by work done, not by the clock.
	callsPerKill = 25
)

// No request depends on state in a process: while replicas are killed and
// restarted in turn, every call is answered in the end, and no session is
// created twice or lost.
func TestReplicasAreKilled(t *testing.T) {
	stripe := startSandbox(t)
	replicas := make([]*process, 3)
	addrs := make([]string, len(replicas))
	for i := range replicas {
		addrs[i] = freeAddr(t)
		replicas[i] = startReplica(t, addrs[i], stripe.addr)
	}
	balancer := startNginx(t, addrs...)

	var answered atomic.Int64
	progress := make(chan struct{}, 1)
	count := func() {
		answered.Add(1)
		select {
		case progress <- struct{}{}:
		default:
		}
	}

	var working sync.WaitGroup
	created := make(map[string]string) // IDs by reference
	var mu sync.Mutex
	note := func(reference, id string) {
		mu.Lock()
		defer mu.Unlock()
		created[reference] = id
	}
	var retries atomic.Int64
	for n := range agents {
		working.Go(func() {
			a := &agent{t: t, addr: balancer.addr, answered: count}
			defer func() { retries.Add(int64(a.retries)) }()
			for round := range rounds {
				if err := a.life(fmt.Sprintf("go-%d-%d", n, round), note); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	if _, err := exec.LookPath("npm"); err != nil {
		t.Log("SKIPPED the official TypeScript client: npm is not installed")
	} else {
		client := node(t, "client.mjs", "http://"+balancer.addr+"/mcp", token, "node", fmt.Sprint(nodeSessions))
		working.Go(func() { runNode(t, client, note, count) })
	}
	finished := make(chan struct{})
	go func() {
		working.Wait()
		close(finished)
	}()

	killed := 0
	for next := int64(callsPerKill); killed < kills; next += callsPerKill {
		if !awaitProgress(progress, finished, func() bool { return answered.Load() >= next }) {
			break
		}
		i := killed % len(replicas)
		replicas[i].kill()
		killed++
		replicas[i] = startReplica(t, addrs[i], stripe.addr)
	}
	<-finished
	if killed < kills {
		t.Errorf("the work was done after only %d kills, want %d under load", killed, kills)
	}
	t.Logf("%d calls answered, %d retries, %d kills", answered.Load(), retries.Load(), killed)

	listed := sessions(t, &agent{t: t, addr: balancer.addr, answered: count})
	for reference, id := range created {
		switch got := listed[reference]; {
		case len(got) != 1:
			t.Errorf("%s was created %d times", reference, len(got))
		case got[0]["id"] != id:
			t.Errorf("%s was answered as %s and is %v", reference, id, got[0]["id"])
		case strings.HasPrefix(reference, "go-") && got[0]["status"] != "expired":
			t.Errorf("%s was expired and is %v", reference, got[0]["status"])
		}
	}
	for reference := range listed {
		if _, known := created[reference]; !known && (strings.HasPrefix(reference, "go-") || strings.HasPrefix(reference, "node-")) {
			t.Errorf("%s exists and no call was answered with it", reference)
		}
	}
	if want := agents * rounds; len(created) < want {
		t.Errorf("%d sessions were created, want at least %d", len(created), want)
	}
}

func awaitProgress(progress, finished <-chan struct{}, enough func() bool) bool {
	for !enough() {
		select {
		case <-progress:
		case <-finished:
			return enough()
		}
	}
	return true
}

// life takes one session through all five tools.
func (a *agent) life(reference string, note func(reference, id string)) error {
	created, err := a.call(createTool, createArguments(reference))
	if err != nil {
		return err
	}
	id := created["id"].(string)
	note(reference, id)
	session := fmt.Sprintf(`{"session":%q}`, id)
	got, err := a.call(retrieveTool, session)
	if err != nil {
		return err
	}
	if got["client_reference_id"] != reference {
		return fmt.Errorf("%s is answered as %v", reference, got["client_reference_id"])
	}
	items, err := a.call(itemsTool, session)
	if err != nil {
		return err
	}
	if n := len(items["data"].([]any)); n != 1 {
		return fmt.Errorf("%s has %d line items", reference, n)
	}
	if _, err := a.call(listTool, `{"limit":3}`); err != nil {
		return err
	}
	// The call needs its own key. Without one, repeating an expire that was
	// carried out would fail because the session is no longer open.
	_, err = a.call(expireTool, fmt.Sprintf(`{"session":%q,"idempotency_key":"expire-%s"}`, id, reference))
	return err
}

// runNode drives the official TypeScript client.
func runNode(t *testing.T, cmd *exec.Cmd, note func(reference, id string), count func()) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Error(err)
		return
	}
	if err := cmd.Start(); err != nil {
		t.Error(err)
		return
	}
	lines, n := bufio.NewScanner(out), 0
	for lines.Scan() {
		var made struct{ Reference, ID string }
		if err := json.Unmarshal(lines.Bytes(), &made); err != nil {
			t.Errorf("node printed %q: %v", lines.Text(), err)
			continue
		}
		note(made.Reference, made.ID)
		count()
		n++
	}
	if err := cmd.Wait(); err != nil || n != nodeSessions {
		t.Errorf("node created %d of %d sessions: %v\n%s", n, nodeSessions, err, stderr.String())
	}
}
