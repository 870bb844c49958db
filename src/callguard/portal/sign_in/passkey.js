// Passkeys: asks the browser for one (W3C Web Authentication) and sends its answer with the form.
(() => {
  "use strict";

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");

  const credentials = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  async function create(options) {
    return navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: credentials(options.excludeCredentials),
      },
    });
  }

  async function get(options) {
    return navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        allowCredentials: credentials(options.allowCredentials),
      },
    });
  }

  function answer(credential) {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response,
    });
  }

  async function ask(form) {
    const says = form.querySelector("[data-says]");
    const button = form.querySelector("button");
    says.textContent = "";
    if (!window.PublicKeyCredential) {
      says.textContent = form.dataset.unsupported;
      return;
    }
    button.disabled = true;
    try {
      const reply = await fetch(form.dataset.options, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
      });
      if (reply.redirected) {
        // Signed out meanwhile, or asked to confirm who one is: go there, and come back.
        location.assign(reply.url);
        return;
      }
      const options = await reply.json();
      if (!reply.ok) {
        says.textContent = options.message || form.dataset.failed;
        return;
      }
      const credential = await (form.dataset.passkey === "create" ? create : get)(options);
      form.elements.answer.value = answer(credential);
      form.submit();
    } catch (error) {
      const known = { NotAllowedError: "cancelled", InvalidStateError: "known", NotSupportedError: "unsupported" };
      says.textContent = form.dataset[known[error.name] || "failed"];
    } finally {
      button.disabled = false;
    }
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.elements.answer.value = "";
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(form);
    });
  }
})();
