// The buttons of Google Pay and Apple Pay on the shop's own page. The form's own button stays and
// leads to the bank's page; where anything is missing (this script, the wallet's, a wallet in the
// browser) it stands alone. The token of a consent is passed on in one request and kept nowhere.

const scripts = new Map();
function load(address) {
  if (!scripts.has(address)) {
    scripts.set(address, new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src: address, onload: resolve, onerror: reject });
      document.head.append(script);
    }));
  }
  return scripts.get(address);
}

const find = () => document.querySelector("[data-wallet]");
const say = (box, text) => { box.form.querySelector("[data-wallet-said]").textContent = text; };
const amount = (tetri) => `${Math.floor(tetri / 100)}.${String(tetri % 100).padStart(2, "0")}`;

// page is what a click on a wallet's button works with: the form as it is at that moment, so that
// the sheet shows the total of what is sent.
function page() {
  const box = find();
  box.form = box.closest("form");
  const typed = new URLSearchParams(new FormData(box.form));
  return { box, typed, total: amount(Number(box.dataset.tetri ?? typed.get("expected_total"))) };
}

// send sends the form, or other fields, and returns what the shop answers. It fails if there is no
// connection, and if the shop answers with a page.
async function send(address, typed, more) {
  const body = new URLSearchParams(typed);
  for (const [name, value] of Object.entries(more)) body.set(name, value);
  const answer = await fetch(address, { method: "POST", headers: { Accept: "application/json" }, body });
  if (!answer.headers.get("Content-Type")?.includes("json")) throw Object.assign(new Error("no JSON"), { page: true });
  return answer.json();
}

// goOn leads to where the shop says: the order's page, 3-D Secure, or the form with what is wrong.
function goOn({ location: address }) {
  if (!address) throw new Error("the shop said nothing");
  location.assign(address);
}

// beside shows the wallet's button, and under it the form's own, which leads to the bank's page; or
// the form's own alone.
function beside(box, wallet) {
  box.hidden = !wallet;
  box.form.querySelector("[data-wallet-or]").hidden = !wallet;
  box.form.querySelector("[data-by-page]").classList.toggle("quiet", wallet);
}

// byPage leaves the form's own button. Pressed after a lost answer it leads to the order that was
// placed, if one was.
function byPage(box, text) {
  beside(box, false);
  say(box, text);
}

// broken ends what a wallet's button began when the shop could not be asked, or answered with a
// page: the form is sent as it is without a wallet.
function broken(box, error) {
  if (error.page) return box.form.submit();
  byPage(box, box.dataset.lost);
}

const google = {
  client: null,
  method(box) {
    return {
      type: "CARD",
      parameters: { allowedAuthMethods: ["PAN_ONLY", "CRYPTOGRAM_3DS"], allowedCardNetworks: ["AMEX", "MASTERCARD", "VISA"] },
      tokenizationSpecification: {
        type: "PAYMENT_GATEWAY", parameters: { gateway: box.dataset.gateway, gatewayMerchantId: box.dataset.gatewayMerchant },
      },
    };
  },
  merchant: ({ dataset }) => ({ merchantName: dataset.merchantName || dataset.shop, ...(dataset.merchant && { merchantId: dataset.merchant }) }),

  async ready(box) {
    await load(box.dataset.google);
    this.client ??= new window.google.payments.api.PaymentsClient({ environment: box.dataset.environment, merchantInfo: this.merchant(box) });
    const { tokenizationSpecification: _, ...method } = this.method(box);
    return (await this.client.isReadyToPay({ apiVersion: 2, apiVersionMinor: 0, allowedPaymentMethods: [method] })).result;
  },
  button(box, pay) {
    return this.client.createButton({
      onClick: pay, buttonType: "pay", buttonSizeMode: "fill", buttonLocale: box.dataset.lang, allowedPaymentMethods: [this.method(box)],
    });
  },
  async pay({ box, typed, total }) {
    const tried = await send(box.form.action, typed, { wallet: "try" });
    if (tried.location) return goOn(tried);
    let consent;
    try {
      consent = await this.client.loadPaymentData({
        apiVersion: 2, apiVersionMinor: 0, merchantInfo: this.merchant(box), allowedPaymentMethods: [this.method(box)],
        transactionInfo: { countryCode: "GE", currencyCode: "GEL", totalPrice: total, totalPriceStatus: "FINAL" },
      });
    } catch (error) {
      if (error?.statusCode === "CANCELED") return say(box, box.dataset.closed);
      return byPage(box, box.dataset.broken);
    }
    say(box, box.dataset.working);
    goOn(await send(box.form.action, typed, { wallet: "pay", wallet_token: consent.paymentMethodData.tokenizationData.token }));
  },
};

const apple = {
  async ready(box) {
    await load(box.dataset.apple);
    return window.ApplePaySession?.supportsVersion(3) && await window.ApplePaySession.canMakePayments();
  },
  button(box, pay) {
    const button = document.createElement("apple-pay-button");
    for (const [name, value] of [["buttonstyle", "black"], ["type", "pay"], ["locale", box.dataset.lang]]) button.setAttribute(name, value);
    button.addEventListener("click", pay);
    return button;
  },
  // Apple's sheet must open in the click itself. The form is checked, and the order placed, while
  // the sheet waits for the merchant's session: nobody can consent before.
  pay({ box, typed, total }) {
    return new Promise((resolve, reject) => {
      const session = new window.ApplePaySession(3, {
        countryCode: "GE", currencyCode: "GEL", supportedNetworks: ["amex", "masterCard", "visa"], merchantCapabilities: ["supports3DS"],
        total: { label: box.dataset.shop, amount: total },
      });
      let begun;
      const fail = (error) => {
        session.abort();
        reject(error);
      };
      session.onvalidatemerchant = async () => {
        try {
          begun = await send(box.form.action, typed, { wallet: "pay" });
          if (begun.session) return session.completeMerchantValidation(begun.session);
          session.abort();
          resolve(goOn(begun));
        } catch (error) {
          fail(error);
        }
      };
      session.onpaymentauthorized = async ({ payment }) => {
        try {
          const done = await send(begun.accept, {}, { wallet: "pay", attempt: begun.attempt, wallet_token: JSON.stringify(payment.token) });
          const { STATUS_SUCCESS, STATUS_FAILURE } = window.ApplePaySession;
          if (done.outcome === "undecided") session.abort(); // the order's page tells what comes of it
          else session.completePayment({ status: done.outcome === "nothing_to_pay" ? STATUS_SUCCESS : STATUS_FAILURE });
          resolve(goOn(done));
        } catch (error) {
          fail(error);
        }
      };
      session.oncancel = () => resolve(say(box, box.dataset.closed));
      session.begin();
    });
  },
};

let busy = false;
async function press(wallet) {
  if (busy) return;
  busy = true;
  const now = page(), own = now.box.form.querySelector("[data-by-page]");
  own.disabled = true; // until the sheet is closed
  say(now.box, "");
  try {
    await wallet.pay(now);
  } catch (error) {
    broken(now.box, error);
  } finally {
    busy = own.disabled = false;
  }
}

// The wallet's button stands above the form's own when the wallet is chosen and ready.
async function showButton() {
  const box = find();
  if (!box) return;
  box.form = box.closest("form");
  const chosen = () => box.form.querySelector("[name=method]:checked")?.value;
  const method = chosen();
  const wallet = { google_pay: box.dataset.google && google, apple_pay: box.dataset.apple && apple }[method];
  let button;
  try {
    if (wallet && await wallet.ready(box)) button = wallet.button(box, () => press(wallet));
  } catch {
    // The script is blocked, or the browser has no such wallet.
  }
  if (chosen() !== method) return;
  box.replaceChildren(...(button ? [button] : []));
  box.dataset.value = button ? method : "";
  beside(box, Boolean(button));
}
document.addEventListener("change", ({ target }) => {
  if (target.name !== "method" || !find()) return;
  find().form = find().closest("form");
  say(find(), "");
  showButton();
});
addEventListener("pageshow", showButton);
