// The page works without this script; with it, the totals follow the choices.
const form = document.getElementById("checkout");

if (form) {
  let latest = 0;

  const update = async () => {
    const mine = ++latest;
    const body = new URLSearchParams(new FormData(form));
    body.set("action", "update");
    const answer = await fetch(location.pathname, { method: "POST", body });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== latest) return;
    for (const old of document.querySelectorAll("[data-live]")) {
      const now = page.getElementById(old.id);
      if (now && now.innerHTML !== old.innerHTML) old.replaceChildren(...now.childNodes);
    }
  };

  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-update]")) update();
  });

  form.addEventListener("click", (event) => {
    const test = event.target.closest("[data-number]");
    if (test) document.getElementById(test.dataset.for).value = test.dataset.number;
  });

  // The sandbox refuses a second click anyway; this spares people the
  // error.
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => delete form.dataset.sent);
}
