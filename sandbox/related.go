package sandbox

import "net/http"

// The objects around a session that expand can show, in the form of Stripe's
// API.

func (s *session) discountAmounts(amount int64) []any {
	if s.promotion == nil {
		return []any{}
	}
	return []any{object{"amount": amount, "discount": object{
		"id": fixedID("di_1", s.id, 23), "object": "discount",
		"checkout_session": s.id,
		"coupon":           s.promotion.coupon.object(),
		"customer":         nil,
		"end":              nil,
		"invoice":          nil,
		"invoice_item":     nil,
		"promotion_code":   s.promotion.codeID(),
		"start":            s.created,
		"subscription":     nil,
	}}}
}

func (p *promotion) codeID() any {
	if p.code == nil {
		return nil
	}
	return p.code.id
}

func (r shippingRate) object() object {
	p := r.params
	behavior, taxCode := p["tax_behavior"], p["tax_code"]
	if behavior == nil {
		behavior = "unspecified"
	}
	var estimate any
	if e := p.object("delivery_estimate"); e != nil {
		estimate = merge(object{"maximum": nil, "minimum": nil}, object(e))
	}
	return object{
		"id": r.id, "object": "shipping_rate",
		"active":            true,
		"created":           r.created,
		"delivery_estimate": estimate,
		"display_name":      r.name,
		"fixed_amount":      object{"amount": r.amount, "currency": r.currency},
		"livemode":          false,
		"metadata":          metadataObject(p.object("metadata")),
		"tax_behavior":      behavior,
		"tax_code":          taxCode,
		"type":              "fixed_amount",
	}
}

func (s *session) paymentIntentObject() object {
	data := s.params.object("payment_intent_data")
	status, received, capturable, capture := "succeeded", s.total(), int64(0), "automatic_async"
	if method := data.text("capture_method"); method != "" {
		capture = method
	}
	if !s.paid {
		received = 0
		switch {
		case s.capturedLater():
			status, capturable = "requires_capture", s.total()
		case s.debit == nil && s.status == "complete" && !s.seed:
			status = "requires_payment_method" // the bank refused
		default:
			status = "processing"
		}
	}
	return object{
		"id": s.paymentIntent, "object": "payment_intent",
		"amount":                               s.total(),
		"amount_capturable":                    capturable,
		"amount_details":                       object{"tip": object{}},
		"amount_received":                      received,
		"application":                          nil,
		"application_fee_amount":               nil,
		"automatic_payment_methods":            nil,
		"canceled_at":                          nil,
		"cancellation_reason":                  nil,
		"capture_method":                       capture,
		"client_secret":                        fixedID(s.paymentIntent+"_secret_", s.id, 25),
		"confirmation_method":                  "automatic",
		"created":                              s.created,
		"currency":                             s.currency,
		"customer":                             idOrNull(s.customer),
		"description":                          data["description"],
		"last_payment_error":                   nil,
		"latest_charge":                        nil,
		"livemode":                             false,
		"metadata":                             metadataObject(data.object("metadata")),
		"next_action":                          nil,
		"on_behalf_of":                         nil,
		"payment_method":                       nil,
		"payment_method_configuration_details": nil,
		"payment_method_options":               object{},
		"payment_method_types":                 paymentMethodTypes(s.params),
		"processing":                           nil,
		"receipt_email":                        nil,
		"review":                               nil,
		"setup_future_usage":                   data["setup_future_usage"],
		"shipping":                             nil,
		"statement_descriptor":                 nil,
		"statement_descriptor_suffix":          nil,
		"status":                               status,
		"transfer_data":                        nil,
		"transfer_group":                       nil,
	}
}

func (s *session) setupIntentObject() object {
	return object{
		"id": s.setupIntent, "object": "setup_intent",
		"application":                          nil,
		"automatic_payment_methods":            nil,
		"cancellation_reason":                  nil,
		"client_secret":                        fixedID(s.setupIntent+"_secret_", s.id, 25),
		"created":                              s.created,
		"customer":                             idOrNull(s.customer),
		"description":                          nil,
		"flow_directions":                      nil,
		"last_setup_error":                     nil,
		"latest_attempt":                       nil,
		"livemode":                             false,
		"mandate":                              nil,
		"metadata":                             metadataObject(s.params.object("setup_intent_data").object("metadata")),
		"next_action":                          nil,
		"on_behalf_of":                         nil,
		"payment_method":                       nil,
		"payment_method_configuration_details": nil,
		"payment_method_options":               object{},
		"payment_method_types":                 paymentMethodTypes(s.params),
		"single_use_mandate":                   nil,
		"status":                               "succeeded",
		"usage":                                "off_session",
	}
}

// A month and a year in seconds, for periods that nobody is billed for.
var intervalSeconds = map[string]int64{"day": 86400, "week": 7 * 86400, "month": 30 * 86400, "year": 365 * 86400}

func (s *session) subscriptionObject() object {
	var items []any
	for _, line := range s.lines {
		r := line.price.recurring
		if r == nil {
			continue
		}
		items = append(items, object{
			"id": fixedID("si_", line.id, 14), "object": "subscription_item",
			"billing_thresholds":   nil,
			"created":              s.created,
			"current_period_end":   s.created + intervalSeconds[r.interval]*r.count,
			"current_period_start": s.created,
			"discounts":            []any{},
			"metadata":             object{},
			"price":                line.price.object(),
			"quantity":             max(line.quantity, 1),
			"subscription":         s.subscription,
			"tax_rates":            []any{},
		})
	}
	data := s.params.object("subscription_data")
	status, trialStart, trialEnd := "active", any(nil), any(nil)
	if hasTrial(s.params) {
		status, trialStart = "trialing", s.created
		if end, given := data.integer("trial_end"); given {
			trialEnd = end
		} else {
			days, _ := data.integer("trial_period_days")
			trialEnd = s.created + days*day
		}
	} else if s.total() > 0 && !s.paid && !s.seed {
		status = "incomplete"
	}
	return object{
		"id": s.subscription, "object": "subscription",
		"application":                       nil,
		"application_fee_percent":           nil,
		"automatic_tax":                     object{"disabled_reason": nil, "enabled": false, "liability": nil},
		"billing_cycle_anchor":              s.created,
		"billing_cycle_anchor_config":       nil,
		"billing_mode":                      object{"type": "classic"},
		"billing_thresholds":                nil,
		"cancel_at":                         nil,
		"cancel_at_period_end":              false,
		"canceled_at":                       nil,
		"cancellation_details":              object{"comment": nil, "feedback": nil, "reason": nil},
		"collection_method":                 "charge_automatically",
		"created":                           s.created,
		"currency":                          s.currency,
		"customer":                          s.customer,
		"days_until_due":                    nil,
		"default_payment_method":            nil,
		"default_source":                    nil,
		"default_tax_rates":                 []any{},
		"description":                       data["description"],
		"discounts":                         []any{},
		"ended_at":                          nil,
		"invoice_settings":                  object{"account_tax_ids": nil, "issuer": object{"type": "self"}},
		"items":                             listObject("/v1/subscription_items?subscription="+s.subscription, items, false),
		"latest_invoice":                    idOrNull(s.invoice),
		"livemode":                          false,
		"metadata":                          metadataObject(data.object("metadata")),
		"next_pending_invoice_item_invoice": nil,
		"on_behalf_of":                      nil,
		"pause_collection":                  nil,
		"payment_settings":                  nil,
		"pending_invoice_item_interval":     nil,
		"pending_setup_intent":              nil,
		"pending_update":                    nil,
		"schedule":                          nil,
		"start_date":                        s.created,
		"status":                            status,
		"test_clock":                        nil,
		"transfer_data":                     nil,
		"trial_end":                         trialEnd,
		"trial_settings":                    nil,
		"trial_start":                       trialStart,
	}
}

// invoiceObject returns the invoice of a paid subscription, or of a payment
// with invoice_creation.
func (s *session) invoiceObject() object {
	reason, status, paid := "manual", "paid", s.total()
	if s.mode == "subscription" {
		reason = "subscription_create"
	}
	if !s.paid && s.total() > 0 {
		status, paid = "open", 0
	}
	var discounts []any
	for _, d := range s.discountAmounts(s.discounted()) {
		discounts = append(discounts, object{"amount": d.(object)["amount"], "discount": d.(object)["discount"].(object)["id"]})
	}
	lines := make([]any, len(s.lines))
	for i, line := range s.lines {
		lines[i] = s.invoiceLineObject(line)
	}
	var parent any
	if s.subscription != "" {
		parent = object{
			"quote_details": nil, "type": "subscription_details",
			"subscription_details": object{"metadata": metadataObject(s.params.object("subscription_data").object("metadata")), "subscription": s.subscription},
		}
	}
	data := s.params.object("invoice_creation").object("invoice_data")
	o := object{
		"id": s.invoice, "object": "invoice",
		"account_country":                  "US",
		"account_name":                     "Sandbox",
		"account_tax_ids":                  nil,
		"amount_due":                       s.total(),
		"amount_overpaid":                  0,
		"amount_paid":                      paid,
		"amount_remaining":                 s.total() - paid,
		"amount_shipping":                  s.shippingAmount(),
		"application":                      nil,
		"attempt_count":                    1,
		"attempted":                        true,
		"auto_advance":                     false,
		"automatic_tax":                    object{"disabled_reason": nil, "enabled": false, "liability": nil, "provider": nil, "status": nil},
		"automatically_finalizes_at":       nil,
		"billing_reason":                   reason,
		"collection_method":                "charge_automatically",
		"created":                          s.created,
		"currency":                         s.currency,
		"custom_fields":                    nil,
		"customer":                         idOrNull(s.customer),
		"customer_address":                 nil,
		"customer_email":                   nil,
		"customer_name":                    nil,
		"customer_phone":                   nil,
		"customer_shipping":                nil,
		"customer_tax_exempt":              "none",
		"customer_tax_ids":                 []any{},
		"default_payment_method":           nil,
		"default_source":                   nil,
		"default_tax_rates":                []any{},
		"description":                      data["description"],
		"discounts":                        []any{},
		"due_date":                         nil,
		"effective_at":                     s.created,
		"ending_balance":                   0,
		"footer":                           data["footer"],
		"from_invoice":                     nil,
		"hosted_invoice_url":               nil,
		"invoice_pdf":                      nil,
		"issuer":                           object{"type": "self"},
		"last_finalization_error":          nil,
		"latest_revision":                  nil,
		"lines":                            listObject("/v1/invoices/"+s.invoice+"/lines", lines, false),
		"livemode":                         false,
		"metadata":                         metadataObject(data.object("metadata")),
		"next_payment_attempt":             nil,
		"number":                           fixedID("SANDBOX1-", s.invoice, 4),
		"on_behalf_of":                     nil,
		"parent":                           parent,
		"payment_settings":                 object{"default_mandate": nil, "payment_method_options": nil, "payment_method_types": nil},
		"period_end":                       s.created,
		"period_start":                     s.created,
		"post_payment_credit_notes_amount": 0,
		"pre_payment_credit_notes_amount":  0,
		"receipt_number":                   nil,
		"rendering":                        nil,
		"shipping_cost":                    nil,
		"shipping_details":                 nil,
		"starting_balance":                 0,
		"statement_descriptor":             nil,
		"status":                           status,
		"status_transitions":               object{"finalized_at": s.created, "marked_uncollectible_at": nil, "paid_at": nil, "voided_at": nil},
		"subtotal":                         s.subtotal(),
		"subtotal_excluding_tax":           s.subtotal(),
		"test_clock":                       nil,
		"total":                            s.total(),
		"total_discount_amounts":           discounts,
		"total_excluding_tax":              s.total(),
		"total_pretax_credit_amounts":      []any{},
		"total_taxes":                      []any{},
		"webhooks_delivered_at":            nil,
	}
	if b := s.buyer; b != nil {
		o["customer_email"], o["customer_name"], o["customer_phone"] = idOrNull(b.email), idOrNull(b.name), idOrNull(b.phone)
		o["customer_address"] = addressObject(b.address)
	}
	if status == "paid" {
		o["status_transitions"].(object)["paid_at"] = s.created
	}
	return o
}

func (s *session) invoiceLineObject(line *lineItem) object {
	var parent any
	if s.subscription != "" && line.price.recurring != nil {
		parent = object{
			"invoice_item_details": nil, "type": "subscription_item_details",
			"subscription_item_details": object{
				"invoice_item": nil, "proration": false, "proration_details": object{"credited_items": nil},
				"subscription": s.subscription, "subscription_item": fixedID("si_", line.id, 14),
			},
		}
	}
	end := s.created
	if r := line.price.recurring; r != nil {
		end += intervalSeconds[r.interval] * r.count
	}
	return object{
		"id": fixedID("il_1", line.id, 23), "object": "line_item",
		"amount":                line.subtotal,
		"currency":              s.currency,
		"description":           line.price.product.name,
		"discount_amounts":      []any{},
		"discountable":          true,
		"discounts":             []any{},
		"invoice":               s.invoice,
		"livemode":              false,
		"metadata":              object{},
		"parent":                parent,
		"period":                object{"end": end, "start": s.created},
		"pretax_credit_amounts": []any{},
		"pricing": object{
			"price_details": object{"price": line.price.id, "product": line.price.product.id}, "type": "price_details",
			"unit_amount_decimal": string(line.price.unitAmount),
		},
		"quantity": max(line.quantity, 1),
		"taxes":    []any{},
	}
}

// What a sale created leads back to the sale.

func (r *request) retrievePaymentIntent(expand []string) (object, *apiError) {
	return r.retrieveOfSale("payment_intent", "intent", expand, func(s *session) string { return s.paymentIntent }, (*session).paymentIntentObject)
}

func (r *request) retrieveSetupIntent(expand []string) (object, *apiError) {
	return r.retrieveOfSale("setup_intent", "intent", expand, func(s *session) string { return s.setupIntent }, (*session).setupIntentObject)
}

func (r *request) retrieveSubscription(expand []string) (object, *apiError) {
	return r.retrieveOfSale("subscription", "id", expand, func(s *session) string { return s.subscription }, (*session).subscriptionObject)
}

func (r *request) retrieveInvoice(expand []string) (object, *apiError) {
	return r.retrieveOfSale("invoice", "id", expand, func(s *session) string { return s.invoice }, (*session).invoiceObject)
}

func (r *request) retrieveOfSale(kind, param string, expand []string, id func(*session) string, show func(*session) object) (object, *apiError) {
	for _, s := range r.account.newestFirst() {
		if r.object != "" && id(s) == r.object {
			o := show(s)
			s.expandAll(o, kind, expand, r.now)
			return o, nil
		}
	}
	return nil, missingResource(http.StatusNotFound, kind, r.object, param)
}
