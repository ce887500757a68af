package sandbox

import (
	"net/http"
	"strings"
)

func (r *request) listSessions(expand []string) (object, *apiError) {
	cursor, err := newPage(r.params)
	if err != nil {
		return nil, err
	}
	sessions, more, err := paginate(r.account.newestFirst(), cursor, "checkout.session",
		func(s *session) string { return s.id }, sessionFilter(r.params, r.now))
	if err != nil {
		return nil, err
	}
	for i, path := range expand {
		expand[i] = strings.TrimPrefix(path, "data.")
	}
	data := make([]any, len(sessions))
	for i, s := range sessions {
		data[i] = r.show(s, expand)
	}
	return listObject(sessionsPath, data, more), nil
}

func (r *request) createSession(expand []string) (object, *apiError) {
	s, err := newSession(newSessionID(), r.params, creation{r.account, r.now})
	if err != nil {
		return nil, err
	}
	// Decoded parameters take a few times their size.
	s.size = sessionOverhead + 4*r.size
	r.account.add(s)
	return r.show(s, expand), nil
}

func (r *request) retrieveSession(expand []string) (object, *apiError) {
	s, ok := r.account.session(r.object)
	if !ok {
		return nil, r.noSession()
	}
	return r.show(s, expand), nil
}

func (r *request) expireSession(expand []string) (object, *apiError) {
	s, err := r.account.change(r.object, func(s *session) (*session, *apiError) {
		if status := s.statusAt(r.now); status != "open" {
			return nil, invalidRequest("", "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `%s`.", status)
		}
		expired := *s
		expired.status, expired.expired = "expired", r.now
		r.account.record(eventExpired, &expired, r.now, r)
		return &expired, nil
	})
	if err != nil {
		return nil, err
	}
	return r.show(s, expand), nil
}

func (r *request) listLineItems(expand []string) (object, *apiError) {
	s, ok := r.account.session(r.object)
	if !ok {
		return nil, r.noSession()
	}
	cursor, err := newPage(r.params)
	if err != nil {
		return nil, err
	}
	lines, more, err := paginate(s.lines, cursor, "line item",
		func(l *lineItem) string { return l.id }, func(*lineItem) bool { return true })
	if err != nil {
		return nil, err
	}
	data := make([]any, len(lines))
	for i, line := range lines {
		data[i] = line.object()
	}
	list := listObject(sessionsPath+"/"+s.id+"/line_items", data, more)
	s.expandAll(list, "line_items", expand, r.now)
	return list, nil
}

func (r *request) show(s *session, expand []string) object {
	o := s.object(r.now)
	if base := r.pages(); base != "" && o["url"] != nil {
		o["url"] = base + pagePath + s.id
	}
	s.expandAll(o, "checkout.session", expand, r.now)
	return o
}

func (r *request) noSession() *apiError {
	return missingResource(http.StatusNotFound, "checkout.session", r.object, "session")
}
