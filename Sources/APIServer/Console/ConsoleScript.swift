/// The only script: it renews what is going on, and keeps the focus where it was. Everything works without it.
enum ConsoleScript {
    static let text = """
        "use strict";
        const period = 2000;

        // Names an element in a way that the next rendering has, too.
        function nameOf(element) {
          if (element.id) return "#" + CSS.escape(element.id);
          const address = element.getAttribute("href");
          return address ? `a[href="${CSS.escape(address)}"]` : null;
        }

        function replace(part, fresh) {
          if (part.outerHTML === fresh.outerHTML) return;
          const focused = part.contains(document.activeElement) ? nameOf(document.activeElement) : null;
          const next = document.adoptNode(fresh);
          part.replaceWith(next);
          if (focused) next.querySelector(focused)?.focus({ preventScroll: true });
        }

        async function renew() {
          const parts = document.querySelectorAll("[data-live]");
          if (parts.length === 0) return;
          if (!document.hidden) {
            try {
              const reply = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
              if (reply.status === 401) {
                location.reload();
                return;
              }
              if (reply.ok) {
                const page = new DOMParser().parseFromString(await reply.text(), "text/html");
                for (const part of parts) {
                  const fresh = page.getElementById(part.id);
                  if (fresh) replace(part, fresh);
                }
              }
            } catch {
              // The server is away for a moment: the next round asks again.
            }
          }
          setTimeout(renew, period);
        }

        setTimeout(renew, period);

        """
}
