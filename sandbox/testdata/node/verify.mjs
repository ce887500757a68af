// Verifies a webhook's request, given as JSON on standard input, with Stripe's
// own library, and prints the event's type.
import { readFileSync } from "node:fs";
import Stripe from "stripe";

const { body, signature, secret } = JSON.parse(readFileSync(0, "utf8"));
const stripe = new Stripe("sk_test_sandbox");
try {
  console.log(stripe.webhooks.constructEvent(body, signature, secret).type);
} catch (error) {
  console.log(error.type);
}
