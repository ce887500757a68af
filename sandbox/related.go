package sandbox

// The objects around a session that expand can show, as Stripe's API has them.

func (s *session) discountAmounts(amount int64) []any {
	if s.promotion == nil {
		return []any{}
	}
	return []any{object{"amount": amount, "discount": object{
		"id": fixedID("di_1", s.id, 23), "object": "discount",
		"checkout_session": s.id,
		"coupon":           couponObject(),
		"customer":         nil,
		"end":              nil,
		"invoice":          nil,
		"invoice_item":     nil,
		"promotion_code":   s.promotion["promotion_code"],
		"start":            s.created,
		"subscription":     nil,
	}}}
}

func promotionCodeObject() object {
	return object{
		"id": PromotionCodeTenPercent, "object": "promotion_code",
		"active":          true,
		"code":            "SANDBOX10",
		"coupon":          couponObject(),
		"created":         catalogCreated,
		"customer":        nil,
		"expires_at":      nil,
		"livemode":        false,
		"max_redemptions": nil,
		"metadata":        object{},
		"restrictions":    object{"first_time_transaction": false, "minimum_amount": nil, "minimum_amount_currency": nil},
		"times_redeemed":  0,
	}
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
	status, received := "succeeded", s.total()
	if !s.paid {
		status, received = "processing", 0
	}
	return object{
		"id": s.paymentIntent, "object": "payment_intent",
		"amount":                               s.total(),
		"amount_capturable":                    0,
		"amount_details":                       object{"tip": object{}},
		"amount_received":                      received,
		"application":                          nil,
		"application_fee_amount":               nil,
		"automatic_payment_methods":            nil,
		"canceled_at":                          nil,
		"cancellation_reason":                  nil,
		"capture_method":                       "automatic_async",
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
		"latest_invoice":                    nil,
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
		"status":                            "active",
		"test_clock":                        nil,
		"transfer_data":                     nil,
		"trial_end":                         nil,
		"trial_settings":                    nil,
		"trial_start":                       nil,
	}
}
