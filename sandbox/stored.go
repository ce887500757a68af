package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"sync/atomic"
)

// What each kind of object consists of in the file. A test notices if a field
// is missing here.

func (s *session) fields() map[string]any {
	return map[string]any{
		"id": &s.id, "params": &s.params, "created": &s.created, "expires_at": &s.expiresAt, "mode": &s.mode, "ui_mode": &s.uiMode,
		"client_secret": &s.clientSecret, "currency": &s.currency, "lines": &s.lines, "promotion": &s.promotion, "shipping": &s.shipping,
		"status": &s.status, "expired": &s.expired, "customer": &s.customer, "payment_intent": &s.paymentIntent, "subscription": &s.subscription,
		"setup_intent": &s.setupIntent, "invoice": &s.invoice, "payment_link": &s.paymentLink, "paid": &s.paid, "buyer": &s.buyer,
		"selected": &s.selected, "shipped_to": &s.shippedTo, "answers": &s.answers, "consent": &s.consent, "debit": &s.debit,
		"seed": &s.seed, "size": &s.size,
	}
}

func (l *lineItem) fields() map[string]any {
	return map[string]any{"id": &l.id, "price": &l.price, "quantity": &l.quantity, "subtotal": &l.subtotal, "discount": &l.discount, "chosen": &l.chosen}
}

func (b *buyer) fields() map[string]any {
	return map[string]any{"name": &b.name, "email": &b.email, "phone": &b.phone, "address": &b.address, "tax_ids": &b.taxIDs}
}

func (d *debit) fields() map[string]any {
	return map[string]any{"settles_at": &d.settlesAt, "fails": &d.fails}
}

func (r *shippingRate) fields() map[string]any {
	return map[string]any{"id": &r.id, "name": &r.name, "amount": &r.amount, "currency": &r.currency, "created": &r.created, "params": &r.params}
}

func (p *promotion) fields() map[string]any {
	return map[string]any{"coupon": &p.coupon, "code": &p.code}
}

func (p *product) fields() map[string]any {
	return map[string]any{
		"id": &p.id, "name": &p.name, "description": &p.description, "images": &p.images, "metadata": &p.metadata, "tax_code": &p.taxCode,
		"unit_label": &p.unitLabel, "url": &p.url, "statement": &p.statement, "shippable": &p.shippable, "features": &p.features,
		"default_price": &p.defaultPrice, "created": &p.created, "active": &p.active,
	}
}

func (p *price) fields() map[string]any {
	return map[string]any{
		"id": &p.id, "product": &p.product, "currency": &p.currency, "unit_amount": &p.unitAmount, "custom": &p.custom, "recurring": &p.recurring,
		"created": &p.created, "active": &p.active, "tax": &p.tax, "nickname": &p.nickname, "lookup_key": &p.lookupKey, "metadata": &p.metadata,
	}
}

func (c *customAmount) fields() map[string]any {
	return map[string]any{
		"minimum": &c.minimum, "maximum": &c.maximum, "preset": &c.preset,
		"has_minimum": &c.hasMinimum, "has_maximum": &c.hasMaximum, "has_preset": &c.hasPreset,
	}
}

func (r *recurring) fields() map[string]any {
	return map[string]any{"interval": &r.interval, "count": &r.count, "metered": &r.metered}
}

func (c *coupon) fields() map[string]any {
	return map[string]any{
		"id": &c.id, "name": &c.name, "currency": &c.currency, "percent_off": &c.percentOff, "amount_off": &c.amountOff, "duration": &c.duration,
		"months": &c.months, "max_redemptions": &c.maxRedemptions, "redeem_by": &c.redeemBy, "products": &c.products, "metadata": &c.metadata,
		"created": &c.created, "redeemed": &c.redeemed,
	}
}

func (p *promotionCode) fields() map[string]any {
	return map[string]any{
		"id": &p.id, "code": &p.code, "customer": &p.customer, "coupon": &p.coupon, "active": &p.active, "expires_at": &p.expiresAt,
		"max_redemptions": &p.maxRedemptions, "minimum": &p.minimum, "minimum_currency": &p.minimumCurrency, "first_time": &p.firstTime,
		"metadata": &p.metadata, "created": &p.created, "redeemed": &p.redeemed,
	}
}

func (c *customer) fields() map[string]any {
	return map[string]any{"id": &c.id, "name": &c.name, "email": &c.email, "phone": &c.phone, "address": &c.address, "created": &c.created}
}

func (m *paymentMethod) fields() map[string]any {
	return map[string]any{"id": &m.id, "type": &m.typ, "number": &m.number, "billing": &m.billing, "created": &m.created}
}

func (e *event) fields() map[string]any {
	return map[string]any{
		"id": &e.id, "type": &e.typ, "created": &e.created, "session": &e.session, "request": &e.requestID,
		"idempotency_key": &e.idempotencyKey, "connected": &e.connected, "pending": &e.pending,
	}
}

func (r *idempotentRequest) fields() map[string]any {
	return map[string]any{
		"key": &r.key, "fingerprint": &r.fingerprint, "started": &r.started, "answer": &r.answer,
	}
}

func (a *answer) fields() map[string]any {
	return map[string]any{"status": &a.status, "header": &a.header, "body": &a.body, "request": &a.requestID}
}

type storedClock struct{ ahead *int64 }

func (c *storedClock) fields() map[string]any { return map[string]any{"ahead": c.ahead} }

func encodeFields(v stored) map[string]any {
	out := map[string]any{}
	for name, field := range v.fields() {
		out[name] = encodeField(field)
	}
	return out
}

// encodeField returns the value behind a pointer in a form for encoding/json.
func encodeField(pointer any) any {
	switch field := pointer.(type) {
	case *atomic.Int64:
		return field.Load()
	case *values, *object, *any, *[]any:
		return tagged(reflect.ValueOf(field).Elem().Interface())
	}
	v := reflect.ValueOf(pointer).Elem()
	switch v.Kind() {
	case reflect.Pointer:
		if one, ok := v.Interface().(stored); ok {
			if v.IsNil() {
				return nil
			}
			return encodeFields(one)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			break
		}
		items := make([]any, v.Len())
		for i := range items {
			item := v.Index(i).Addr().Interface()
			if one, ok := item.(stored); ok {
				items[i] = encodeFields(one)
			} else {
				items[i] = encodeField(item)
			}
		}
		return items
	}
	return v.Interface()
}

func decodeField(raw json.RawMessage, pointer any) error {
	if string(raw) == "null" {
		return nil
	}
	switch field := pointer.(type) {
	case *atomic.Int64:
		var n int64
		err := json.Unmarshal(raw, &n)
		field.Store(n)
		return err
	case *values, *object, *any, *[]any:
		value, err := untagged(raw)
		if err != nil {
			return err
		}
		if value == nil {
			return nil
		}
		target := reflect.ValueOf(pointer).Elem()
		if found := reflect.ValueOf(value); found.Type().AssignableTo(target.Type()) {
			target.Set(found)
			return nil
		}
		return fmt.Errorf("a %T", value)
	}
	v := reflect.ValueOf(pointer).Elem()
	switch v.Kind() {
	case reflect.Pointer:
		made := reflect.New(v.Type().Elem())
		if one, ok := made.Interface().(stored); ok {
			v.Set(made)
			return decodeStored(raw, one)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			break
		}
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil {
			return err
		}
		for _, item := range items {
			made := reflect.New(v.Type().Elem())
			var err error
			if one, ok := made.Interface().(stored); ok {
				err = decodeStored(item, one)
			} else {
				err = decodeField(item, made.Interface())
			}
			if err != nil {
				return err
			}
			v.Set(reflect.Append(v, made.Elem()))
		}
		return nil
	}
	return json.Unmarshal(raw, pointer)
}

// tagged writes a value whose type isn't clear from its place. JSON has one
// kind of object where the sandbox has two, and one kind of number.
func tagged(value any) any {
	switch v := value.(type) {
	case values:
		return taggedObject("values", v)
	case object:
		return taggedObject("object", v)
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = tagged(item)
		}
		return items
	case json.Number:
		return map[string]any{"number": v.String()}
	}
	return value
}

func taggedObject[M ~map[string]any](tag string, m M) any {
	if m == nil {
		return nil
	}
	members := map[string]any{}
	for name, member := range m {
		members[name] = tagged(member)
	}
	return map[string]any{tag: members}
}

func untagged(raw json.RawMessage) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	return untag(value)
}

func untag(value any) (any, error) {
	switch v := value.(type) {
	case json.Number:
		return v.Int64()
	case []any:
		for i, item := range v {
			one, err := untag(item)
			if err != nil {
				return nil, err
			}
			v[i] = one
		}
		return v, nil
	case map[string]any:
		for tag, inner := range v {
			members, ok := inner.(map[string]any)
			if number, text := inner.(string); text && tag == "number" {
				return json.Number(number), nil
			}
			if !ok {
				break
			}
			for name, member := range members {
				one, err := untag(member)
				if err != nil {
					return nil, err
				}
				members[name] = one
			}
			if tag == "values" {
				return values(members), nil
			}
			return object(members), nil
		}
		return nil, fmt.Errorf("an object without its kind")
	}
	return value, nil
}
