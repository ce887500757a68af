import com.stripe.Stripe;
import com.stripe.StripeClient;
import com.stripe.exception.InvalidRequestException;
import com.stripe.exception.PermissionException;
import com.stripe.model.checkout.Session;
import com.stripe.net.RequestOptions;
import com.stripe.param.checkout.SessionCreateParams;
import com.stripe.param.checkout.SessionCreateParams.LineItem;
import com.stripe.param.checkout.SessionCreateParams.LineItem.PriceData;
import com.stripe.param.checkout.SessionCreateParams.LineItem.PriceData.ProductData;
import com.stripe.param.checkout.SessionCreateParams.Mode;
import com.stripe.param.checkout.SessionListParams;
import com.stripe.service.checkout.SessionService;
import java.util.Map;
import java.util.TreeSet;

// Takes a session through its life with Stripe's own SDK, and prints what the
// SDK made of it: java Sdk.java BASE_URL
class Sdk {
  public static void main(String[] args) throws Exception {
    SessionService sessions = client(args[0], "sk_test_ofTheCaller").v1().checkout().sessions();
    SessionCreateParams create =
        SessionCreateParams.builder()
            .setMode(Mode.PAYMENT)
            .setCustomerEmail("jenny@example.com")
            .setSuccessUrl("https://example.com/thanks?a=1&b=%20")
            .addLineItem(item(2, 1000, "T-shirt"))
            .addLineItem(item(1, 500, "Mug"))
            .putMetadata("a.b", "c")
            .addExpand("line_items")
            .build();
    RequestOptions once =
        RequestOptions.builder().setIdempotencyKey("order-" + Stripe.VERSION).build();
    Session created = sessions.create(create, once);
    System.out.println("created " + created.getAmountTotal() + " " + created.getLineItems().getData().size() + " " + created.getMetadata() + " " + created.getSuccessUrl());
    System.out.println("again " + sessions.create(create, once).getId().equals(created.getId()));

    SessionListParams list =
        SessionListParams.builder()
            .setCustomerDetails(SessionListParams.CustomerDetails.builder().setEmail("jenny@example.com").build())
            .setCreated(SessionListParams.Created.builder().setGte(created.getCreated()).build())
            .setLimit(3L)
            .addExpand("data.line_items")
            .build();
    System.out.println("listed " + sessions.list(list).getData().get(0).getId().equals(created.getId()));
    System.out.println("retrieved " + sessions.retrieve(created.getId()).getStatus());
    TreeSet<String> names = new TreeSet<>();
    // Two pages. The service's parameters have a different class in each version.
    Map<String, Object> oneAPage = Map.of("limit", 1);
    created.listLineItems(oneAPage).autoPagingIterable().forEach(i -> names.add(i.getDescription()));
    System.out.println("line items " + names);
    System.out.println("expired " + sessions.expire(created.getId()).getStatus());

    try {
      sessions.expire(created.getId());
      System.out.println("expired twice");
    } catch (InvalidRequestException e) {
      System.out.println("refused " + e.getStatusCode() + " " + (e.getRequestId() != null));
    }
    try {
      sessions.list(SessionListParams.builder().setLimit(1000L).build());
      System.out.println("listed 1000");
    } catch (InvalidRequestException e) {
      System.out.println("invalid " + e.getStatusCode() + " " + e.getParam());
    }
    try {
      client(args[0], "sk_live_ofTheCaller").v1().checkout().sessions().retrieve(created.getId());
      System.out.println("live key taken");
    } catch (PermissionException e) {
      System.out.println("live key " + e.getStatusCode());
    }
  }

  static StripeClient client(String base, String key) {
    return StripeClient.builder().setApiKey(key).setApiBase(base).setMaxNetworkRetries(0).build();
  }

  static LineItem item(long quantity, long amount, String name) {
    ProductData product = ProductData.builder().setName(name).build();
    return LineItem.builder()
        .setQuantity(quantity)
        .setPriceData(PriceData.builder().setCurrency("usd").setUnitAmount(amount).setProductData(product).build())
        .build();
  }
}
