package policy

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/reload"
)

// A Policy is what is in force while a server runs: the rules from its flags,
// for everyone, and the current rules of its file. It is safe for concurrent
// use. A nil Policy allows everything except calls under a named policy.
type Policy struct {
	flags *Rules // nil if there are none
	file  *reload.Value[*File]
	now   func() time.Time

	mu      sync.Mutex
	created map[string][]time.Time // within the last hour, by policy name
}

// New returns the policy from a file and from flags, both optional; nil if
// there are neither. It rereads the file when it changes. If the file can't be
// used, the previous rules stay in force and logger is told.
func New(path string, flags *Rules, logger *slog.Logger) (*Policy, error) {
	if path == "" && flags == nil {
		return nil, nil
	}
	p := &Policy{flags: flags, now: time.Now, created: map[string][]time.Time{}}
	if flags != nil {
		if err := flags.check(""); err != nil {
			return nil, fmt.Errorf("the flags of the sales policy: %w", err)
		}
	}
	if path == "" {
		return p, nil
	}
	var err error
	p.file, err = reload.New(logger, func() (*File, error) {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		return Parse(data)
	}, path)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w", path, err)
	}
	return p, nil
}

type nameKey struct{}

// WithName returns a context under which calls are subject to the file's policy
// of that name, instead of the rules at the top of the file.
func WithName(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, nameKey{}, name)
}

// rules returns the rules for a call and the name under which its sessions are
// counted.
func (p *Policy) rules(ctx context.Context) (name string, all []*Rules, err error) {
	name, _ = ctx.Value(nameKey{}).(string)
	if p == nil && name == "" {
		return "", nil, nil
	}
	if p != nil && p.flags != nil {
		all = append(all, p.flags)
	}
	if p == nil || p.file == nil {
		if name != "" {
			return "", nil, &Refusal{Rule: "policies", Message: fmt.Sprintf("This caller's sales policy is %q, but this server has no policy file. Whoever runs the server has to set --policy; changing the arguments will not help.", name)}
		}
		return name, all, nil
	}
	file := p.file.Get()
	if name == "" {
		return name, append(all, &file.Rules), nil
	}
	own, ok := file.Policies[name]
	if !ok {
		return "", nil, &Refusal{Rule: "policies", Message: fmt.Sprintf("This caller's sales policy is %q, but the policy file doesn't define it. Whoever runs the server has to add it; changing the arguments will not help.", name)}
	}
	return name, append(all, &own), nil
}

// Apply judges a session that is about to be created and adds the fixed
// metadata to it. Its error is a *Refusal.
func (p *Policy) Apply(ctx context.Context, params *stripe.CheckoutSessionCreateParams, lookup Lookup) error {
	_, all, err := p.rules(ctx)
	if err != nil {
		return err
	}
	for _, rules := range all {
		if err := rules.Check(ctx, params, lookup); err != nil {
			return err
		}
	}
	for _, rules := range all {
		if len(rules.Metadata) > 0 {
			metadata := maps.Clone(params.Metadata)
			if metadata == nil {
				metadata = map[string]string{}
			}
			maps.Copy(metadata, rules.Metadata)
			params.Metadata = metadata
		}
	}
	return nil
}

// Count takes one of the sessions that may be created in an hour; undo gives it
// back if the session was not created after all. Its error is a *Refusal.
func (p *Policy) Count(ctx context.Context) (undo func(), err error) {
	name, all, err := p.rules(ctx)
	if err != nil {
		return nil, err
	}
	most := 0 // none
	for _, rules := range all {
		if n := rules.SessionsPerHour; n != nil && (most == 0 || *n < most) {
			most = *n
		}
	}
	if most == 0 {
		return func() {}, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	recent := slices.DeleteFunc(p.created[name], func(t time.Time) bool { return now.Sub(t) >= time.Hour })
	p.created[name] = recent
	if len(recent) >= most {
		wait := recent[len(recent)-most].Add(time.Hour).Sub(now).Round(time.Second)
		return nil, &Refusal{Rule: "sessions_per_hour", Message: fmt.Sprintf("The sales policy allows %d sessions an hour, and that many have been created. The next is allowed in %v; tell the person. No session was created.", most, wait), asked: true}
	}
	p.created[name] = append(recent, now)
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if i := slices.Index(p.created[name], now); i >= 0 {
			p.created[name] = slices.Delete(p.created[name], i, i+1)
		}
	}), nil
}

// Words describes the policy, with a sentence for each rule.
func (p *Policy) Words() (all []string) {
	if p.flags != nil {
		all = append(all, p.flags.Words()...)
	}
	if p.file == nil {
		return all
	}
	file := p.file.Get()
	all = append(all, file.Words()...)
	for _, name := range slices.Sorted(maps.Keys(file.Policies)) {
		own := file.Policies[name]
		for _, sentence := range own.Words() {
			all = append(all, fmt.Sprintf("for callers of the policy %s instead: %s", name, sentence))
		}
	}
	return all
}
