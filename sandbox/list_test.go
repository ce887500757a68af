package sandbox_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// Every account starts with twelve sessions in all statuses and modes.
func TestSeed(t *testing.T) {
	c := newClient(t)
	all := c.list("limit=100").ok(t)
	ids := all.ids(t)
	if len(ids) != 12 || all.at("has_more") != false || all.text("object") != "list" || all.text("url") != sessions {
		t.Fatalf("%d sessions, has_more %v", len(ids), all.at("has_more"))
	}
	seen := map[string]bool{}
	for i := range ids {
		s := result{json: all.json["data"].([]any)[i].(map[string]any)}
		seen[s.text("status")+" "+s.text("mode")] = true
		if created, now := s.number(t, "created"), c.clock.Unix(); created >= now || created < now-40*24*3600 {
			t.Errorf("created %d, now %d", created, now)
		}
		if got := c.retrieve(ids[i]).ok(t).text("status"); got != s.text("status") {
			t.Errorf("session %d is %s in the list and %s by itself", i, s.text("status"), got)
		}
	}
	for _, status := range []string{"open", "complete", "expired"} {
		for _, mode := range []string{"payment", "subscription", "setup"} {
			if !seen[status+" "+mode] {
				t.Errorf("no %s %s session", status, mode)
			}
		}
	}
	if again := newClient(t).list("limit=100").ids(t); !slices.Equal(ids, again) {
		t.Error("another sandbox starts with different sessions")
	}
}

func TestListIsNewestFirst(t *testing.T) {
	c := newClient(t)
	var want []string
	for range 15 { // all in the same second
		want = append([]string{c.create(payment).ok(t).id()}, want...)
	}
	first := c.list().ok(t)
	if got := first.ids(t); !slices.Equal(got, want[:10]) || first.at("has_more") != true {
		t.Errorf("the first page is %v, want %v", got, want[:10])
	}
	second := c.list("starting_after="+want[9], "limit=5").ok(t)
	if got := second.ids(t); !slices.Equal(got, want[10:]) || second.at("has_more") != true {
		t.Errorf("the second page is %v, want %v", got, want[10:])
	}
	back := c.list("ending_before="+want[10], "limit=3").ok(t)
	if got := back.ids(t); !slices.Equal(got, want[7:10]) || back.at("has_more") != true {
		t.Errorf("the page before is %v, want %v", got, want[7:10])
	}
	top := c.list("ending_before=" + want[3]).ok(t)
	if got := top.ids(t); !slices.Equal(got, want[:3]) || top.at("has_more") != false {
		t.Errorf("the top is %v, want %v", got, want[:3])
	}
	last := c.list("limit=100").ids(t)
	if end := c.list("starting_after=" + last[len(last)-1]).ok(t); len(end.ids(t)) != 0 || end.at("has_more") != false {
		t.Error("there is a page after the last")
	}
}

// Paging shows each session once, in both directions.
func TestPaging(t *testing.T) {
	c := newClient(t)
	all := c.list("limit=100").ids(t)
	var forward []string
	for cursor, more := "", true; more; {
		page := c.list("limit=5", cursor).ok(t)
		forward = append(forward, page.ids(t)...)
		more = page.at("has_more").(bool)
		cursor = "starting_after=" + forward[len(forward)-1]
	}
	if !slices.Equal(forward, all) {
		t.Errorf("forward %v, want %v", forward, all)
	}
	backward := []string{all[len(all)-1]}
	for more := true; more; {
		page := c.list("limit=5", "ending_before="+backward[0]).ok(t)
		backward = append(page.ids(t), backward...)
		more = page.at("has_more").(bool)
	}
	if !slices.Equal(backward, all) {
		t.Errorf("backward %v, want %v", backward, all)
	}
}

func TestListFilters(t *testing.T) {
	c := newClient(t)
	all := c.list("limit=100").ok(t)
	count := func(has func(result) bool) (n int) {
		for _, s := range all.json["data"].([]any) {
			if has(result{json: s.(map[string]any)}) {
				n++
			}
		}
		return n
	}
	created := all.number(t, "data.4.created")
	is := func(key, value string) func(result) bool {
		return func(s result) bool { return s.text(key) == value }
	}
	when := func(in func(int64) bool) func(result) bool {
		return func(s result) bool { return in(s.number(t, "created")) }
	}
	for _, tt := range []struct {
		query string
		has   func(result) bool
	}{
		{"customer=" + sandbox.CustomerAda, is("customer", sandbox.CustomerAda)},
		{"customer_details[email]=grace@example.com", is("customer_details.email", "grace@example.com")},
		{"payment_intent=pi_sandbox_4", is("payment_intent", "pi_sandbox_4")},
		{"payment_link=plink_sandbox_tshirt", is("payment_link", "plink_sandbox_tshirt")},
		{"subscription=sub_sandbox_7", is("subscription", "sub_sandbox_7")},
		{"status=open", is("status", "open")},
		{"status=complete", is("status", "complete")},
		{"status=expired", is("status", "expired")},
		{fmt.Sprint("created=", created), when(func(at int64) bool { return at == created })},
		{fmt.Sprint("created[gt]=", created), when(func(at int64) bool { return at > created })},
		{fmt.Sprint("created[gte]=", created), when(func(at int64) bool { return at >= created })},
		{fmt.Sprint("created[lt]=", created), when(func(at int64) bool { return at < created })},
		{fmt.Sprint("created[lte]=", created), when(func(at int64) bool { return at <= created })},
		{fmt.Sprint("created[gte]=", created, "&created[lte]=", created), when(func(at int64) bool { return at == created })},
		{"status=complete&customer=" + sandbox.CustomerAda, func(s result) bool {
			return s.text("status") == "complete" && s.text("customer") == sandbox.CustomerAda
		}},
	} {
		found := c.list("limit=100", tt.query).ok(t)
		want := count(tt.has)
		if want == 0 || want == 12 {
			t.Errorf("%s: the test expects %d of the 12 sessions", tt.query, want)
		}
		if got := len(found.ids(t)); got != want {
			t.Errorf("%s: %d sessions, want %d", tt.query, got, want)
		}
		for _, s := range found.json["data"].([]any) {
			if !tt.has(result{json: s.(map[string]any)}) {
				t.Errorf("%s: found %v", tt.query, s)
			}
		}
		first := c.list("limit=1", tt.query).ok(t)
		if more := want > 1; first.at("has_more") != more {
			t.Errorf("%s: has_more %v with %d sessions and a limit of 1", tt.query, first.at("has_more"), want)
		}
	}
	for _, nobody := range []string{"customer=cus_x", "payment_intent=pi_x", "subscription=sub_x", "payment_link=plink_x", "customer_details[email]=x@example.com", "created=1"} {
		if got := c.list(nobody).ids(t); len(got) != 0 {
			t.Errorf("%s: found %v", nobody, got)
		}
	}
}

func TestListRefuses(t *testing.T) {
	c := newClient(t)
	id := c.list("limit=1").ids(t)[0]
	for query, want := range map[string][3]string{ // code, param, message
		"limit=500":                   {"parameter_invalid_integer", "limit", "This value must be less than or equal to 100 (it currently is '500')."},
		"limit=0":                     {"parameter_invalid_integer", "limit", "This value must be greater than or equal to 1 (it currently is '0')."},
		"limit=ten":                   {"parameter_invalid_integer", "limit", "Invalid integer: ten"},
		"limit=":                      {"parameter_invalid_empty", "limit", "You passed an empty string for 'limit'. We assume empty values are an attempt to unset a parameter; however 'limit' cannot be unset. You should remove 'limit' from your request or supply a non-empty value."},
		"status=paid":                 {"", "status", "Invalid status: must be one of complete, expired, or open"},
		"starting_after=cs_test_none": {"resource_missing", "starting_after", "No such checkout.session: 'cs_test_none'"},
		"ending_before=pi_1":          {"resource_missing", "ending_before", "No such checkout.session: 'pi_1'"},
		"starting_after=" + id + "&ending_before=" + id: {"", "", "Received both starting_after and ending_before parameters. Please pass in only one."},
		"created[after]=1":                            {"parameter_unknown", "created[after]", "Received unknown parameter: created[after]"},
		"created=yesterday":                           {"parameter_invalid_integer", "created", "Invalid integer: yesterday"},
		"customer_details[x]=1":                       {"parameter_unknown", "customer_details[x]", "Received unknown parameter: customer_details[x]"},
		"mode=payment":                                {"parameter_unknown", "mode", "Received unknown parameter: mode"},
		"expand[]=line_items":                         {"", "", "This property cannot be expanded (line_items). You may want to try expanding 'data.line_items' instead."},
		"expand[]=data.nothing":                       {"", "", "This property cannot be expanded (data.nothing)."},
		"expand[]=data.metadata":                      {"", "", "This property cannot be expanded (data.metadata)."},
		"expand[]=data.line_items.data.price.product": {"property_expansion_max_depth", "", "You cannot expand more than 4 levels of a property. Property: data.line_items.data.price.product"},
	} {
		e := c.list(query).want(t, http.StatusBadRequest).error()
		got := [3]string{}
		got[0], _ = e["code"].(string)
		got[1], _ = e["param"].(string)
		got[2], _ = e["message"].(string)
		if got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

func TestLineItems(t *testing.T) {
	c := newClient(t)
	s := c.create("mode=payment", success, many(12, "line_items[#][price_data][currency]=usd&line_items[#][price_data][unit_amount]=10#&line_items[#][price_data][product_data][name]=Book #&line_items[#][price_data][product_data][description]=A book&line_items[#][quantity]=2")).ok(t)
	path := sessions + "/" + s.id() + "/line_items"

	first := c.get(path, "").ok(t)
	if n := len(first.ids(t)); n != 10 || first.at("has_more") != true || first.text("url") != path {
		t.Errorf("%d items, has_more %v, url %s", n, first.at("has_more"), first.text("url"))
	}
	if got := first.text("data.1.description"); got != "Book 1" {
		t.Errorf("the second item is %q", got)
	}
	for path, want := range map[string]int64{"data.1.amount_subtotal": 202, "data.1.amount_total": 202, "data.1.amount_tax": 0, "data.1.quantity": 2, "data.1.price.unit_amount": 101} {
		if got := first.number(t, path); got != want {
			t.Errorf("%s is %d, want %d", path, got, want)
		}
	}
	rest := c.get(path, "starting_after="+first.ids(t)[9]).ok(t)
	if n := len(rest.ids(t)); n != 2 || rest.at("has_more") != false {
		t.Errorf("then %d items, has_more %v", n, rest.at("has_more"))
	}
	before := c.get(path, "limit=2&ending_before="+rest.ids(t)[0]).ok(t)
	if got := before.ids(t); !slices.Equal(got, first.ids(t)[8:]) {
		t.Errorf("before that %v", got)
	}
	expanded := c.get(path, "expand[]=data.price.product").ok(t)
	if got := expanded.text("data.0.price.product.description"); got != "A book" {
		t.Errorf("the product's description is %q", got)
	}
	if e := c.get(path, "starting_after=li_x").want(t, 400).error(); e["message"] != "No such line item: 'li_x'" {
		t.Errorf("a wrong cursor: %v", e)
	}
	if e := c.get(sessions+"/cs_test_x/line_items", "").want(t, 404).error(); e["code"] != "resource_missing" {
		t.Errorf("a wrong session: %v", e)
	}
	if n := len(c.get(sessions+"/"+c.create(setup).ok(t).id()+"/line_items", "").ids(t)); n != 0 {
		t.Errorf("a setup session has %d items", n)
	}
}
