// The service worker: keeps static files, whose names tell their version, and a page to show
// without a network. Pages of the household are never kept.
const KEPT = "callguard-FILES_VERSION";
const FILES = FILES_LIST;
const OFFLINE = "/offline";

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(KEPT).then((cache) => cache.addAll([OFFLINE, ...FILES])).then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  } else if (url.pathname.startsWith("/static/")) {
    event.respondWith(caches.match(request).then((found) => found || fetch(request)));
  }
});

// Notices. The message is encrypted for this browser alone; one that is sent again has the tag of
// the first, and takes its place.
self.addEventListener("push", (event) => {
  let notice = {};
  try {
    notice = event.data.json();
  } catch {
    // Something has to be shown: browsers end a subscription that shows nothing.
  }
  event.waitUntil(
    self.registration.showNotification(notice.title || "callguard", {
      body: notice.body || "",
      lang: notice.lang || "ja",
      tag: notice.tag || "callguard",
      icon: "ICON_PATH",
      requireInteraction: notice.urgent === true,
      data: { link: notice.link || "/" },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const link = new URL(event.notification.data.link, location.origin);
  const path = link.origin === location.origin ? link.href : "/";
  event.waitUntil(self.clients.openWindow(path));
});
