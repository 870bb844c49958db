// Says on an open page that there is something new; the page itself is loaded again by a tap.
"use strict";

const link = document.querySelector("[data-live]");

if (link && "EventSource" in window) {
  const events = new EventSource(link.dataset.live);
  events.addEventListener("new", () => {
    events.close();
    link.textContent = link.dataset.said;
    link.classList.add("fresh");
  });
  window.addEventListener("pagehide", () => events.close());
}
