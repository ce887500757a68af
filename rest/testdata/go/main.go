// What a shop does with Stripe's SDK for Go, against the URL given.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/stripe/stripe-go/v85"
)

func main() {
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String(os.Args[1]), MaxNetworkRetries: stripe.Int64(0), LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
	})
	sdk := stripe.NewClient("sk_test_ofTheCaller", stripe.WithBackends(&stripe.Backends{API: backend})).V1CheckoutSessions
	ctx := context.Background()
	created, err := sdk.Create(ctx, &stripe.CheckoutSessionCreateParams{
		Mode:       stripe.String("payment"),
		SuccessURL: stripe.String("https://example.com/thanks"),
		LineItems: []*stripe.CheckoutSessionCreateLineItemParams{{Quantity: stripe.Int64(2), PriceData: &stripe.CheckoutSessionCreateLineItemPriceDataParams{
			Currency: stripe.String("usd"), UnitAmount: stripe.Int64(1000),
			ProductData: &stripe.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: stripe.String("T-shirt")}}}},
	})
	check(err)
	retrieved, err := sdk.Retrieve(ctx, created.ID, nil)
	check(err)
	expired, err := sdk.Expire(ctx, created.ID, nil)
	check(err)
	_, err = sdk.Expire(ctx, created.ID, nil)
	var refused *stripe.Error
	if !errors.As(err, &refused) {
		check(fmt.Errorf("expired twice: %v", err))
	}
	fmt.Println(stripe.APIVersion, created.AmountTotal, retrieved.Status, expired.Status, refused.HTTPStatusCode, refused.RequestID != "")
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
