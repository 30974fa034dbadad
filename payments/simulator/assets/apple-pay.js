// A stand-in for Apple Pay's script: ApplePaySession and the element apple-pay-button.
class ApplePaySession extends EventTarget {
  static STATUS_SUCCESS = 0;
  static STATUS_FAILURE = 1;
  static supportsVersion(version) { return version >= 1 && version <= 14; }
  static canMakePayments() { return true; }

  #request;
  #sheet;
  #state = "new";

  constructor(version, request) {
    super();
    const { total, countryCode, currencyCode, supportedNetworks, merchantCapabilities } = request ?? {};
    if (!ApplePaySession.supportsVersion(version)) throw new TypeError("the version is not supported");
    if (!total?.label || !/^\d+(\.\d{1,2})?$/.test(total.amount) || !countryCode || !currencyCode || !supportedNetworks?.length || !merchantCapabilities?.includes("supports3DS")) {
      throw new TypeError("the payment request is not complete");
    }
    this.#request = request;
  }

  begin() {
    if (this.#state !== "new") throw new DOMException("the session was begun before", "InvalidAccessError");
    if (!navigator.userActivation.isActive) throw new DOMException("a session is begun in the handler of a click", "InvalidAccessError");
    if (typeof this.onvalidatemerchant !== "function") throw new DOMException("onvalidatemerchant is missing", "InvalidAccessError");
    this.#state = "validating";
    const { total, currencyCode } = this.#request;
    this.#sheet = openSheet({
      brand: "Apple Pay", shop: total.label, total: `${total.amount} ${currencyCode}`, lang: languageOf(),
      choices: ["pays", "poor"], ready: false,
      chosen: (key) => {
        this.#state = "authorized";
        const token = { paymentData: tokenFor(key, { version: "EC_v1" }), paymentMethod: { network: "Visa", type: "debit" }, transactionIdentifier: crypto.randomUUID() };
        this.onpaymentauthorized?.({ payment: { token } });
      },
      closed: () => {
        this.#state = "over";
        this.oncancel?.({ sessionError: { code: "unknown", info: {} } });
      },
    });
    queueMicrotask(() => this.onvalidatemerchant({ validationURL: "https://apple-pay-gateway.example/paymentservices/startSession" }));
  }

  completeMerchantValidation(session) {
    if (this.#state === "over") return;
    if (this.#state !== "validating") throw new DOMException("nothing is validated now", "InvalidAccessError");
    if (!session?.merchantSessionIdentifier || !session.nonce) {
      this.abort();
      this.oncancel?.({ sessionError: { code: "unknown", info: {} } });
      return;
    }
    this.#state = "ready";
    this.#sheet.allow();
  }

  completePayment(result) {
    if (this.#state !== "authorized") throw new DOMException("nothing was authorized", "InvalidAccessError");
    this.#state = "over";
    this.#sheet.show((result?.status ?? result) === ApplePaySession.STATUS_SUCCESS);
    setTimeout(() => this.#sheet.remove(), 700);
  }

  abort() {
    if (this.#state === "new" || this.#state === "over") throw new DOMException("the session is not running", "InvalidAccessError");
    this.#state = "over";
    this.#sheet.remove();
  }
}

customElements.define("apple-pay-button", class extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    const style = new CSSStyleSheet();
    style.replaceSync(`:host { display: block; }
      button { width: 100%; min-height: 48px; border: 0; border-radius: 999px; background: #000; color: #fff;
        font: 600 17px/1 system-ui, sans-serif; cursor: pointer; }
      button:focus-visible { outline: 3px solid #0b57d0; outline-offset: 3px; }`);
    root.adoptedStyleSheets = [style];
    add(root, "button", "Apple Pay", { type: "button" });
  }
});

window.ApplePaySession = ApplePaySession;
