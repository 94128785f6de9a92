"""One browser window on the pages, driven as a person would. Every wait has a deadline and ends with the event it waits for."""

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException, TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from axe import grave_findings

WAIT_SECONDS = 30
PASSWORD = "a fairly long password"
PHONE = (360, 740)
TABLET = (768, 1024)
DESKTOP = (1280, 900)
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
# What moved on the page by itself since it was loaded: the sum of the layout shifts (a figure of the Layout Instability API).
WATCH_SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
        window.shifts += entry.hadRecentInput ? 0 : entry.value;
    }
}).observe({type: 'layout-shift', buffered: true});
"""


def start_browser(profile):
    options = webdriver.ChromeOptions()
    for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    driver.set_page_load_timeout(WAIT_SECONDS)
    driver.set_script_timeout(WAIT_SECONDS)
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH_SHIFTS})
    return driver


class Page:
    def __init__(self, origin, driver, size=DESKTOP):
        self.driver = driver
        self.origin = origin
        self.resize(size)

    def resize(self, size):
        width, height = size
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        )

    def empty(self):
        """The browser as before its first page."""
        self.network(True)
        self.driver.get("about:blank")
        self.driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": self.origin, "storageTypes": "all"})
        self.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        self.driver.get_log("browser")

    def network(self, there):
        """Chromium's own offline mode."""
        self.driver.execute_cdp_cmd("Network.enable", {})
        conditions = {"offline": not there, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)

    def system(self, **preferences):
        """What the system says it prefers: color_scheme "light" or "dark", reduced_motion "reduce"."""
        features = [{"name": f"prefers-{name.replace('_', '-')}", "value": value} for name, value in preferences.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def wait(self, condition, what):
        """What `condition()` gives as soon as that is true; elements may be replaced meanwhile."""
        ignored = (NoSuchElementException, StaleElementReferenceException, IndexError)
        try:
            return WebDriverWait(self.driver, WAIT_SECONDS, 0.05, ignored).until(lambda _: condition())
        except TimeoutException:
            raise AssertionError(f"did not come within {WAIT_SECONDS} s: {what}\non the page:\n{self.text}") from None

    @property
    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def shows(self, text):
        self.wait(lambda: text in self.text, f"expected on the page: {text}")

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def field(self, name, scope=None):
        return (scope or self.driver.find_element(By.ID, "main")).find_element(By.NAME, name)

    def fill(self, scope=None, **fields):
        for name, value in fields.items():
            field = self.field(name, scope)
            field.clear()
            field.send_keys(value)

    def press(self, label, scope=None):
        """Presses a visible button or link by its text."""

        def find():
            buttons = (scope or self.driver).find_elements(By.CSS_SELECTOR, "button, a")
            return [button for button in buttons if button.is_displayed() and button.text == label][0]

        button = self.wait(find, f"button: {label}")
        # By script: what happens to lie over the button for a moment (a message) is not what is tested.
        self.driver.execute_script("arguments[0].click()", button)

    def keys(self, *keys):
        """Presses keys, wherever the focus is: characters, or names as in Keys, such as "TAB"."""
        for key in keys:
            self.driver.switch_to.active_element.send_keys(getattr(Keys, key, key))

    def focused(self):
        return self.driver.switch_to.active_element

    def open(self):
        self.driver.get(self.origin + "/")
        self.wait(lambda: self.field("username"), "the log-in page")

    def log_in(self, user):
        self.open()
        self.enter(user)

    def enter(self, user, live="Live"):
        """Logs in at the log-in page that is shown."""
        self.fill(username=user.name, password=user.password)
        self.press("Log in")
        self.wait_live(live)
        self.driver.execute_script("window.neverReloaded = true")

    def log_out(self):
        self.find(".menu summary").click()
        self.press("Log out")
        self.wait(lambda: self.field("username"), "the log-in page")

    def visit(self, page):
        """Goes to a page by its link, as in visit("queue?status=approved"): the document stays."""
        self.driver.execute_script("location.hash = arguments[0]", f"#/{page}")

    def reload(self):
        self.driver.refresh()
        self.wait_live()

    @property
    def live(self):
        return self.driver.find_element(By.ID, "live").text

    def wait_live(self, words="Live"):
        self.wait(lambda: self.live == words, f"the live indicator: {words}")

    @property
    def was_reloaded(self):
        return not self.driver.execute_script("return window.neverReloaded === true")

    @property
    def shifts(self):
        """How much moved by itself since the page was loaded; below 0.1 is good."""
        return self.driver.execute_script("return window.shifts")

    @property
    def is_too_wide(self):
        return self.driver.execute_script("return document.documentElement.scrollWidth > document.documentElement.clientWidth")

    def theme(self, name):
        """As the page's own switch does."""
        self.driver.execute_script("theme.choose(arguments[0])", name)

    def picture(self, path):
        self.driver.save_screenshot(str(path))

    def grave_findings(self):
        """What axe-core finds seriously or critically wrong."""
        return grave_findings(self.driver)

    def cards(self, title):
        cards = self.find_all("article.request")
        return [card for card in cards if card.find_element(By.CLASS_NAME, "book-title").text == title]

    def card(self, title):
        """The card of the request with this title, as soon as there is one."""
        return self.wait(lambda: self.cards(title)[0], f"card: {title}")

    def card_shows(self, title, text):
        self.wait(lambda: text in self.cards(title)[0].text, f"expected on the card of {title}: {text}")

    def ask(self, title, author="Mary Shelley", **fields):
        self.visit("ask")
        self.wait(lambda: self.field("title"), "the form")
        self.fill(title=title, author=author, **fields)
        self.press("Ask for this book")

    def console_errors(self):
        """
        What the browser's console complains of. That there is no session before the first log-in is known only by
        asking: the refusal is no complaint.
        """
        return [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] in ("SEVERE", "WARNING") and not ("/api/auth/me " in entry["message"] and "401" in entry["message"])
        ]
