package faults

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

var update = flag.Bool("update", false, "rewrite the table in docs/reliability.md")

// A row is the result of one operation under one lasting fault.
type row struct {
	message, advice string // what the agent is told; "" means Stripe's answer
	attempts        int64
	left            bool // whether any attempt was sent to Stripe
	holds           string
}

// For each operation and each fault, this checks what the agent is told, how
// many requests were made, and what exists at Stripe. A write happens once; or
// it doesn't happen, and the agent is told so; or the agent is told that it is
// in doubt and which key to repeat it with. Then the repeat makes it happen
// once.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: some of the faults wait for a timeout")
	}
	rows := make([][]row, len(all))
	var wait sync.WaitGroup
	places := make(chan struct{}, 64) // most of them just wait
	for i, f := range all {
		rows[i] = make([]row, len(operations.All()))
		for j, op := range operations.All() {
			wait.Go(func() {
				places <- struct{}{}
				defer func() { <-places }()
				rows[i][j] = lasting(t, f, op)
				once(t, f, op, rows[i][j])
			})
		}
	}
	wait.Wait()
	if t.Failed() || runtime.GOOS != "linux" { // other systems word their errors differently
		return
	}
	const page = "../../docs/reliability.md"
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- The table is written by go test ./internal/faults -update. -->\n", "<!-- The end of the table. -->\n"
	head, rest, ok := strings.Cut(string(data), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", page)
	}
	want := head + begin + table(rows) + end + tail
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(data), want); diff != "" {
		t.Errorf("%s is out of date (-page +now); go test ./internal/faults -update rewrites it:\n%s", page, diff)
	}
}

// lasting makes a call under a fault that doesn't go away.
func lasting(t *testing.T, f fault, op *operations.Operation) row {
	s := newStage(t, f, false)
	where := f.name + ", " + op.Name
	err := s.call(op)
	r := row{attempts: s.attempts.Load(), left: true, holds: "–"}
	failed, ok := stripeclient.AsError(err)
	if ok {
		r.message, r.advice, r.left = s.steady(failed.Message), s.steady(failed.Advice), failed.Sent
	} else if err != nil {
		t.Errorf("%s: %v is not a call's error", where, err)
		return r
	}
	if !op.Writes() {
		return r
	}

	done := s.done(op)
	r.holds = map[int]string{0: "not " + op.Done, 1: op.Done + " once"}[done]
	switch {
	case done > 1:
		t.Errorf("%s: %s %d times", where, op.Done, done)
	case err == nil && done == 0:
		t.Errorf("%s: success was reported, but it was not %s", where, op.Done)
	case err == nil:
	case done == 1 && !failed.Sent:
		t.Errorf("%s: it was %s, but the agent is told that nothing was sent", where, op.Done)
	case done == 1 && !failed.InDoubt:
		t.Errorf("%s: it was %s, but the agent is told: %v", where, op.Done, err)
	case failed.InDoubt && !(strings.Contains(r.advice, "may or may not") && strings.Contains(r.advice, `exactly idempotency_key "`+key+`"`)):
		t.Errorf("%s: the outcome is in doubt, but the agent is told: %v", where, err)
	}
	if err == nil || !failed.InDoubt && !failed.Retryable {
		return r
	}
	s.healed.Store(true)
	if err := s.call(op); err != nil {
		t.Errorf("%s: the repeat that the agent is told to make fails: %v", where, err)
	}
	if n := s.done(op); n != 1 {
		t.Errorf("%s: after the repeat it was %s %d times", where, op.Done, n)
	}
	return r
}

// once makes a call under a fault that is over after the first attempt. If
// there is a second attempt, the agent never learns of the fault.
func once(t *testing.T, f fault, op *operations.Operation, lasting row) {
	s := newStage(t, f, true)
	err := s.call(op)
	attempts, want := s.attempts.Load(), min(lasting.attempts, 2)
	answered := lasting.message == "" || lasting.attempts > 1
	// On a busy machine, the second attempt may hit the timeout, which is short
	// for the first one's sake.
	if slow := f.timeout && attempts == 3; ((err == nil) != answered || attempts != want) && !slow {
		t.Errorf("%s once, %s: %v after %d attempts, want %d", f.name, op.Name, err, attempts, want)
	}
	if done := s.done(op); op.Writes() && err == nil && done != 1 {
		t.Errorf("%s once, %s: %s %d times", f.name, op.Name, op.Done, done)
	}
}

// table formats the rows in Markdown, with operations that fare alike on one
// line and the advice in a list below.
func table(rows [][]row) string {
	var b strings.Builder
	var advice []string
	b.WriteString("| Fault | Operation | What the agent is told | Advice | Attempts | At Stripe |\n|---|---|---|---|---|---|\n")
	for i, f := range all {
		name := f.name
		said := map[row]bool{}
		for j, r := range rows[i] {
			if said[r] {
				continue
			}
			said[r] = true
			var alike []string
			for k := j; k < len(rows[i]); k++ {
				if rows[i][k] == r {
					alike = append(alike, strings.ReplaceAll(operations.All()[k].Name, "_", " "))
				}
			}
			told, number := "Stripe's answer, as if nothing had happened", "–"
			if r.message != "" {
				told = strings.ReplaceAll(r.message, "|", `\|`)
				if !slices.Contains(advice, r.advice) {
					advice = append(advice, r.advice)
				}
				number = strconv.Itoa(slices.Index(advice, r.advice) + 1)
			}
			attempts := strconv.FormatInt(r.attempts, 10)
			if !r.left {
				attempts += ", none sent"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", name, strings.Join(alike, ", "), told, number, attempts, r.holds)
			name = ""
		}
	}
	b.WriteString("\nThe advice:\n\n")
	for i, a := range advice {
		fmt.Fprintf(&b, "%d. %s\n", i+1, a)
	}
	return b.String()
}
