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

// A Policy is what holds while a server runs: the rules of its flags, for
// everybody, and those of its file, as they are now. It is safe for concurrent
// use. A nil Policy allows everything, but to callers who should fall under one.
type Policy struct {
	flags *Rules // nil: none
	file  *reload.Value[*File]
	now   func() time.Time

	mu      sync.Mutex
	created map[string][]time.Time // in the last hour, by name of the policy
}

// New returns the policy of a file and of flags, both optional: nil if there is
// neither. The file is read again when it changes; one that can't be used
// leaves the former rules in place, and logger is told.
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

// WithName returns a context under which calls fall under the named policy of
// the file, instead of the rules at its top.
func WithName(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, nameKey{}, name)
}

// rules are those that a call falls under, with the name that its sessions are
// counted by.
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
			return "", nil, &Refusal{Rule: "policies", Message: fmt.Sprintf("The caller falls under the sales policy %q, and this server has no policy file. Whoever runs the server has to set --policy; changing the arguments will not help.", name)}
		}
		return name, all, nil
	}
	file := p.file.Get()
	if name == "" {
		return name, append(all, &file.Rules), nil
	}
	own, ok := file.Policies[name]
	if !ok {
		return "", nil, &Refusal{Rule: "policies", Message: fmt.Sprintf("The caller falls under the sales policy %q, which the policy file doesn't have. Whoever runs the server has to add it; changing the arguments will not help.", name)}
	}
	return name, append(all, &own), nil
}

// Apply judges a session that is about to be created and puts the fixed
// metadata on it. Its error is a *Refusal.
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

// Count takes one of the sessions that may be created in an hour. If it was not
// created after all, undo gives it back. Its error is a *Refusal.
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
		return nil, &Refusal{Rule: "sessions_per_hour", Message: fmt.Sprintf("The sales policy allows %d sessions an hour, and as many were created. The next is allowed in %v; tell the person. No session was created.", most, wait), asked: true}
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

// Words reads the policy back, a sentence for each rule.
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
