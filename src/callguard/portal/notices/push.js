// Subscribes this browser to notices (W3C Push API) and sends the subscription with the form.
(() => {
  "use strict";
  const form = document.querySelector("[data-push]");
  const says = form.querySelector("[data-says]");

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

  async function subscribe() {
    const worker = await navigator.serviceWorker.ready;
    const options = { userVisibleOnly: true, applicationServerKey: bytes(form.dataset.key) };
    try {
      return await worker.pushManager.subscribe(options);
    } catch (error) {
      // Subscribed under a key that this callguard no longer has.
      const old = await worker.pushManager.getSubscription();
      if (error.name !== "InvalidStateError" || !old) throw error;
      await old.unsubscribe();
      return worker.pushManager.subscribe(options);
    }
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    says.textContent = "";
    if (!("serviceWorker" in navigator) || !("PushManager" in window)) {
      says.textContent = form.dataset.unsupported;
      return;
    }
    if ((await Notification.requestPermission()) !== "granted") {
      says.textContent = form.dataset.denied;
      return;
    }
    try {
      form.elements.subscription.value = JSON.stringify(await subscribe());
      form.submit();
    } catch {
      says.textContent = form.dataset.failed;
    }
  });
})();
