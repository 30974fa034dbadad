// A stand-in for Google Pay's script: PaymentsClient with isReadyToPay, createButton and
// loadPaymentData, which fail as Google's do.
class PaymentsClient {
  constructor(options = {}) {
    if (!["TEST", "PRODUCTION"].includes(options.environment)) throw problem("DEVELOPER_ERROR", "environment must be TEST or PRODUCTION");
    this.options = options;
  }

  async isReadyToPay(request) {
    checkRequest(request);
    return { result: true };
  }

  createButton({ onClick, buttonLocale } = {}) {
    if (typeof onClick !== "function") throw problem("DEVELOPER_ERROR", "onClick is missing");
    const box = document.createElement("div");
    const root = box.attachShadow({ mode: "open" });
    const style = new CSSStyleSheet();
    style.replaceSync(`button { width: 100%; min-height: 48px; border: 0; border-radius: 999px; background: #000;
      color: #fff; font: 600 17px/1 system-ui, sans-serif; cursor: pointer; }
      button:focus-visible { outline: 3px solid #0b57d0; outline-offset: 3px; }`);
    root.adoptedStyleSheets = [style];
    const button = add(root, "button", "Google Pay", { type: "button", lang: buttonLocale ?? "en" });
    button.addEventListener("click", onClick);
    return box;
  }

  loadPaymentData(request) {
    return new Promise((resolve, reject) => {
      checkRequest(request);
      const { transactionInfo: sum, merchantInfo, allowedPaymentMethods: [method] } = request;
      if (!/^\d+(\.\d{1,2})?$/.test(sum?.totalPrice ?? "") || sum.totalPriceStatus !== "FINAL" || !sum.currencyCode || !sum.countryCode) {
        throw problem("DEVELOPER_ERROR", "transactionInfo is not complete");
      }
      if (method.tokenizationSpecification?.type !== "PAYMENT_GATEWAY" || !method.tokenizationSpecification.parameters?.gatewayMerchantId) {
        throw problem("DEVELOPER_ERROR", "tokenizationSpecification is not complete");
      }
      const sheet = openSheet({
        brand: "Google Pay", shop: merchantInfo?.merchantName || location.hostname, total: `${sum.totalPrice} ${sum.currencyCode}`,
        lang: languageOf(), choices: ["pays", "asks", "poor"],
        chosen(key) {
          sheet.remove();
          const token = tokenFor(key, { protocolVersion: "ECv2", authMethod: key === "asks" ? "PAN_ONLY" : "CRYPTOGRAM_3DS" });
          resolve({
            apiVersion: 2, apiVersionMinor: 0,
            paymentMethodData: {
              type: "CARD", description: cards[key].label, info: { cardNetwork: "VISA", cardDetails: cards[key].number.slice(-4) },
              tokenizationData: { type: "PAYMENT_GATEWAY", token: JSON.stringify(token) },
            },
          });
        },
        closed() { reject(problem("CANCELED", "User closed the Payment Request UI.")); },
      });
    });
  }
}

function problem(statusCode, statusMessage) {
  return Object.assign(new Error(statusMessage), { statusCode, statusMessage });
}

function checkRequest(request) {
  const [method] = request?.allowedPaymentMethods ?? [];
  if (request?.apiVersion !== 2 || method?.type !== "CARD" || !method.parameters?.allowedAuthMethods?.length || !method.parameters.allowedCardNetworks?.length) {
    throw problem("DEVELOPER_ERROR", "the request is not complete");
  }
}

window.google ??= {};
window.google.payments = { api: { PaymentsClient } };
