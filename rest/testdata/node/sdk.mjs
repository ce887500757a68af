// Takes a session through its life with Stripe's own SDK, and prints what the
// SDK made of it: node sdk.mjs PACKAGE BASE_URL KEY [API_VERSION]
const [pkg, base, key, apiVersion] = process.argv.slice(2);
const { default: Stripe } = await import(pkg);
const { hostname, port } = new URL(base);
const stripe = new Stripe(key, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, ...(apiVersion && { apiVersion }) });
const { sessions } = stripe.checkout;

const seen = {};
try {
  const created = await sessions.create({
    mode: 'payment',
    customer_email: 'jenny@example.com',
    line_items: [
      { quantity: 2, price_data: { currency: 'usd', unit_amount: 1000, product_data: { name: 'T-shirt' } } },
      { quantity: 1, price_data: { currency: 'usd', unit_amount: 500, product_data: { name: 'Mug' } } },
    ],
    metadata: { order: '1', 'a.b': 'c' },
    success_url: 'https://example.com/thanks?a=1&b=%20',
    expand: ['line_items'],
  }, { idempotencyKey: `order-${pkg}` });
  seen.created = { id: created.id, amount: created.amount_total, metadata: created.metadata, lines: created.line_items.data.length, url: created.success_url };
  const listed = await sessions.list({ customer_details: { email: 'jenny@example.com' }, created: { gte: created.created }, limit: 3, expand: ['data.line_items'] });
  seen.listed = listed.data.map((s) => s.id);
  seen.retrieved = (await sessions.retrieve(created.id, { expand: ['line_items'] })).line_items.data.length;
  seen.paged = [];
  for await (const item of sessions.listLineItems(created.id, { limit: 1 })) seen.paged.push(item.description);
  const expired = await sessions.expire(created.id);
  seen.expired = { id: expired.id, status: expired.status, requestId: expired.lastResponse.requestId };
  await sessions.expire(created.id).catch((e) => { seen.refused = { type: e.type, status: e.statusCode, message: e.message, requestId: e.requestId }; });
  await sessions.list({ limit: 1000 }).catch((e) => { seen.invalid = { type: e.type, status: e.statusCode, param: e.param }; });
} catch (e) {
  seen.failed = { type: e.type, status: e.statusCode, message: e.message };
}
console.log(JSON.stringify(seen));
