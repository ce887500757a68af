"""What a shop does with Stripe's SDK for Python, against the URL given. Prints what it saw as JSON."""
import json
import sys

import stripe

base = sys.argv[1]
stripe.api_key = "sk_test_ofTheCaller"
stripe.api_base = base
Session = stripe.checkout.Session
seen = {"version": stripe.VERSION if hasattr(stripe, "VERSION") else stripe._version.VERSION}
created = Session.create(
    mode="payment",
    customer_email="jenny@example.com",
    success_url="https://example.com/thanks?a=1&b=%20",
    line_items=[
        {"quantity": 2, "price_data": {"currency": "usd", "unit_amount": 1000, "product_data": {"name": "T-shirt"}}},
        {"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Mug"}}},
    ],
    metadata={"order": "1", "a.b": "c"},
    expand=["line_items"],
)
seen["created"] = {"id": created.id, "amount": created.amount_total, "lines": len(created.line_items.data), "a.b": created.metadata["a.b"]}
seen["listed"] = [s.id for s in Session.list(limit=1, customer_details={"email": "jenny@example.com"}).data]
seen["paged"] = sorted(item.description for item in Session.list_line_items(created.id, limit=1).auto_paging_iter())
seen["expired"] = Session.expire(created.id).status
seen["retrieved"] = Session.retrieve(created.id).status
try:
    Session.expire(created.id)
except stripe.InvalidRequestError as e:
    seen["refused"] = {"status": e.http_status, "request_id": e.request_id}
try:
    Session.create(mode="payment", success_url="https://example.com", line_items=[{"price_data": {"unit_amount": 1}, "quantity": 1}])
except stripe.InvalidRequestError as e:
    seen["invalid"] = {"status": e.http_status, "param": e.param, "request_id": e.request_id}
print(json.dumps(seen))
