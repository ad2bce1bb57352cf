"""Walks through the console of a running Portolan in headless Chromium: `console_check.py URL TOKEN --site ADDRESS --shots FOLDER`.

Signs in, starts and stops a job, reads, searches, and looks at each screen in light and dark, wide and narrow: every control has a
name, the keyboard reaches what the mouse does, nothing overflows, and the browser reports no violation of the content security policy.
Screenshots of all screens lie in FOLDER. Runs on the Python environment of deploy/setup; ADDRESS is a site that may be crawled.
"""

import argparse
import base64
import os
import pathlib
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import TypeVar

from selenium.webdriver import Chrome, ChromeOptions, ChromeService, Keys
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

Found = TypeVar("Found")

# Controls without a name for assistive technology, texts wider than the window, and identifiers that two elements share.
FAULTS = """
const faults = [];
for (const control of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, meter, progress')) {
  const labelled = control.labels && control.labels.length > 0;
  const name = control.getAttribute('aria-label') || control.textContent.trim() || control.title;
  if (!labelled && !name) faults.push('no name: ' + control.outerHTML.slice(0, 120));
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(control.tagName) && !labelled) faults.push('no label: ' + control.outerHTML.slice(0, 120));
}
const seen = new Set();
for (const element of document.querySelectorAll('[id]')) {
  if (seen.has(element.id)) faults.push('twice: #' + element.id);
  seen.add(element.id);
}
const width = document.documentElement.scrollWidth;
if (width > window.innerWidth + 1) faults.push('wider than the window: ' + width);
// What a documentation says has headings of its own.
if ([...document.querySelectorAll('h1')].filter(heading => !heading.closest('.prose')).length !== 1) faults.push('not one h1');
if (document.querySelectorAll('[style], style, script:not([src])').length > 0) faults.push('inline style or script');
return faults;
"""


class Walk:
    """One browser on its way through the console."""

    def __init__(self, url: str, token: str, site: str, shots: pathlib.Path) -> None:
        self.url, self.token, self.site, self.shots = url, token, site, shots
        shots.mkdir(parents=True, exist_ok=True)
        options = ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars"):
            options.add_argument(argument)
        if os.geteuid() == 0:
            # Chromium's sandbox does not start for root.
            options.add_argument("--no-sandbox")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.browser = Chrome(options=options, service=ChromeService("/usr/bin/chromedriver"))
        self.browser.set_page_load_timeout(120)
        self.appear("light", 1280)

    def appear(self, scheme: str, width: int) -> None:
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        self.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        )

    def go(self, path: str) -> None:
        self.browser.get(self.url + path)

    def one(self, selector: str) -> WebElement:
        return self.until(lambda: self.browser.find_element(By.CSS_SELECTOR, selector))

    def text(self, selector: str = "main") -> str:
        return self.one(selector).text

    def until(self, condition: Callable[[], Found]) -> Found:
        return WebDriverWait(self.browser, 60, ignored_exceptions=(Exception,)).until(lambda _: condition())

    def press(self, selector: str) -> None:
        """Clicks, and waits until the page has gone."""
        element = self.one(selector)
        page = self.browser.find_element(By.TAG_NAME, "html").id
        element.click()
        self.until(lambda: self.browser.find_element(By.TAG_NAME, "html").id != page)
        self.until(lambda: self.browser.execute_script("return document.readyState") == "complete")

    def fill(self, selector: str, text: str) -> None:
        field = self.one(selector)
        field.clear()
        field.send_keys(text)

    def look(self, name: str) -> None:
        """Looks at the page in every appearance."""
        for scheme, width in (("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)):
            self.appear(scheme, width)
            faults = self.browser.execute_script(FAULTS)
            expect(not faults, f"{name} {scheme} {width}: {faults}")
            height = min(self.browser.execute_script("return document.documentElement.scrollHeight"), 3000)
            picture = self.browser.execute_cdp_cmd(
                "Page.captureScreenshot",
                {"captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": width, "height": max(height, 600), "scale": 1}},
            )
            (self.shots / f"{name}-{scheme}-{width}.png").write_bytes(base64.b64decode(picture["data"]))
        self.appear("light", 1280)
        self.complaints(name)

    def complaints(self, name: str) -> None:
        """What the browser reports, such as a violation of the content security policy."""
        lines = [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]
        # The answers that are refusals on purpose are reported too.
        bad = [line for line in lines if not re.search(r"status of (401|403|404|422)", line)]
        expect(not bad, f"{name}: {bad}")

    def focused(self) -> str:
        return self.browser.execute_script(
            "const e = document.activeElement; return e.id || e.getAttribute('href') || e.name || e.textContent.trim()"
        )

    # ---- Steps

    def signs_in(self) -> None:
        self.go("/console/jobs?status=COMPLETED")
        expect("Sign in" in self.text("h1"), "a stranger is asked to sign in")
        expect(self.focused() == "token", "the token's field has the focus")
        self.look("signin")
        self.fill("#token", "not-the-token-of-this-server")
        self.press("button[type=submit]")
        expect("not valid" in self.text("[role=alert]"), "a wrong token is refused")
        self.look("signin-refused")
        self.fill("#token", self.token)
        self.one("#token").send_keys(Keys.ENTER)
        self.until(lambda: self.browser.current_url.endswith("/console/jobs?status=COMPLETED"))
        cookie = self.browser.get_cookie("portolan_session")
        expect(cookie is not None and cookie["httpOnly"] and cookie["sameSite"] == "Strict", f"the cookie is {cookie}")
        expect(self.token not in cookie["value"], "the cookie hides the token")
        expect("portolan_session" not in self.browser.execute_script("return document.cookie"), "no script sees the cookie")

    def finds_its_way_by_keyboard(self) -> None:
        self.go("/")
        ActionChains(self.browser).send_keys(Keys.TAB).perform()
        expect(self.focused() == "#content", f"the first stop is the way to the content, not {self.focused()}")
        outline = self.browser.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
        expect(outline != "none", "the focus can be seen")
        stops = []
        for _ in range(40):
            ActionChains(self.browser).send_keys(Keys.TAB).perform()
            stops.append(self.focused())
        for stop in ("/console/search", "/console/jobs", "/console/sources", "/console/health", "web_url", "include_patterns"):
            expect(stop in stops, f"the keyboard reaches {stop}: {stops}")

    def starts_a_job(self) -> None:
        self.go("/")
        self.look("documentations")
        self.fill("#web_url", "http://10.0.0.1/")
        self.press("section[aria-labelledby=start] button[type=submit]")
        expect(self.one("#web_url").get_attribute("aria-invalid") == "true", "the field at fault is marked")
        expect(self.one("#web_url").get_attribute("value") == "http://10.0.0.1/", "what was typed is kept")
        self.look("start-refused")
        self.fill("#web_url", self.site)
        self.fill("#crawl_depth", "2")
        self.fill("#include_patterns", "/page-*")
        self.fill("#library", "walked")
        self.press("section[aria-labelledby=start] button[type=submit]")
        expect("accepted" in self.text("[role=status]"), "the page tells that the job was accepted")
        self.look("job-running")
        # Nobody loads the page again: the script does.
        self.until(lambda: "COMPLETED" in self.text("#progress"))
        expect(not self.browser.find_elements(By.CSS_SELECTOR, "#stop"), "a job that has ended cannot be stopped")
        self.look("job-completed")

    def stops_a_job(self) -> None:
        self.go("/")
        # Slow to answer: long enough to be stopped.
        self.fill("#web_url", "https://docs.invalid/")
        self.fill("#library", "stopped")
        self.press("section[aria-labelledby=start] button[type=submit]")
        stop = self.browser.find_elements(By.CSS_SELECTOR, "#stop")
        if not stop:
            # It failed before anybody could stop it; what stopping asks is looked at all the same.
            self.go(self.browser.current_url.removeprefix(self.url).split("?")[0] + "/stop")
        else:
            self.press("#stop")
        expect("Stop this job?" in self.text("h1"), "stopping asks first")
        self.look("stop")
        self.press("button.danger")
        self.until(lambda: re.search("STOPPED|FAILED", self.text("#progress")))
        self.go("/console/jobs")
        self.look("jobs")

    def reads(self) -> None:
        self.go("/")
        self.press("td a[href^='/console/documentation/']")
        expect(len(self.browser.find_elements(By.CSS_SELECTOR, ".tree a")) > 3, "the tree has sections")
        self.look("documentation")
        links = self.browser.find_elements(By.CSS_SELECTOR, ".tree a[href*='path=']")
        wanted = links[3].text
        links[3].click()
        self.until(lambda: self.one(".tree a[aria-current]").text == wanted)
        expect(self.text(".prose").strip() != "", "a section has text")

    def searches(self) -> None:
        self.go("/console/search")
        expect(self.focused() == "q", "the question has the focus")
        self.fill("#q", "page")
        self.one("#q").send_keys(Keys.ENTER)
        self.until(lambda: int(self.text("#total")) > 0)
        expect(len(self.browser.find_elements(By.CSS_SELECTOR, ".results > li meter")) > 0, "results have scores")
        if self.browser.find_elements(By.CSS_SELECTOR, "nav.pages a"):
            self.press("nav.pages a")
        self.one("summary").click()
        expect("Source: http" in self.text("details pre"), "the text of the agent is shown")
        self.look("search")
        self.fill("#library", "no-such-library")
        self.press("form[role=search] button")
        expect("no library" in self.text("[role=alert]"), "an unknown library is named")

    def minds_sources(self) -> None:
        self.go("/console/sources")
        self.look("sources")
        self.press("button[aria-label^='Pause']")
        expect("rests" in self.text("[role=status]"), "a source rests")
        expect("PAUSED" in self.text("table"), "its state tells")
        self.press("button[aria-label^='Resume']")
        self.press("button[aria-label^='Look at']")
        expect("looked at next" in self.text("[role=status]"), "a source is looked at")
        self.go("/console/health")
        self.until(lambda: "postgres" in self.text("#health"))
        self.look("health")

    def refuses_forgeries(self) -> None:
        self.go("/console/sources")
        status = self.browser.execute_async_script(
            """
            const done = arguments[arguments.length - 1];
            const body = new URLSearchParams({form_token: 'forged'});
            fetch('/console/signout', {method: 'POST', body}).then(reply => done(reply.status));
            """
        )
        expect(status == 403, f"a forged form is refused, not {status}")
        self.go("/console/jobs/0198c0de-0000-7000-8000-000000000000")
        expect("Not found" in self.text("h1"), "what is not there has a page")
        self.look("not-found")

    def works_without_scripts(self) -> None:
        self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        self.go("/console/search?q=page")
        expect("matches" in self.browser.page_source.lower() and 'class="results"' in self.browser.page_source, "a search needs no script")
        self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})

    def signs_out(self) -> None:
        self.go("/")
        cookie = self.browser.get_cookie("portolan_session")
        self.press(".who button")
        expect("Sign in" in self.text("h1"), "signing out ends at the door")
        expect(self.browser.get_cookie("portolan_session") is None, "the cookie is gone")
        self.go("/")
        expect("Sign in" in self.text("h1"), "the first page asks again")
        self.complaints("end")
        # A cookie that somebody changed is none.
        changed = cookie["value"][:-2] + ("00" if cookie["value"][-2:] != "00" else "11")
        request = urllib.request.Request(self.url + "/", headers={"Cookie": f"portolan_session={changed}", "Accept": "text/html"})
        try:
            urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as refusal:
            expect(refusal.code == 401, f"a changed cookie gets {refusal.code}")
        else:
            raise Mismatch("a changed cookie is taken")


class Mismatch(Exception):
    """The console does not do what it promises."""


def expect(condition: object, text: str) -> None:
    if not condition:
        raise Mismatch(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("--site", required=True)
    parser.add_argument("--shots", type=pathlib.Path, required=True)
    options = parser.parse_args()
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1,localhost"
    walk = Walk(options.url, options.token, options.site, options.shots)
    steps = (
        walk.signs_in,
        walk.finds_its_way_by_keyboard,
        walk.starts_a_job,
        walk.reads,
        walk.searches,
        walk.minds_sources,
        walk.stops_a_job,
        walk.refuses_forgeries,
        walk.works_without_scripts,
        walk.signs_out,
    )
    try:
        for step in steps:
            try:
                step()
            except Exception as error:
                walk.browser.save_screenshot(str(options.shots / "failed.png"))
                print(f"console: {step.__name__} failed at {walk.browser.current_url}: {error}", file=sys.stderr)
                print(walk.browser.execute_script("return document.body ? document.body.innerText.slice(0, 2000) : ''"), file=sys.stderr)
                return 1
            print(f"console: {step.__name__.replace('_', ' ')}", flush=True)
    finally:
        walk.browser.quit()
    print("console: all steps done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
