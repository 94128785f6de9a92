"""One browser window on the pages, driven as a person would. Every wait has a deadline and ends with the event it waits for."""

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException, TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

WAIT_SECONDS = 30
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


class Page:
    def __init__(self, origin, profile, size=(1280, 900)):
        options = webdriver.ChromeOptions()
        for argument in (*ARGUMENTS, f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_page_load_timeout(WAIT_SECONDS)
        self.origin = origin

    def close(self):
        self.driver.quit()

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

    def field(self, name, scope=None):
        return (scope or self.driver.find_element(By.ID, "main")).find_element(By.NAME, name)

    def fill(self, scope=None, **fields):
        for name, value in fields.items():
            field = self.field(name, scope)
            field.clear()
            field.send_keys(value)

    def press(self, label, scope=None):
        """Presses a visible button by its text."""

        def find():
            buttons = (scope or self.driver).find_elements(By.TAG_NAME, "button")
            return [button for button in buttons if button.is_displayed() and button.text == label][0]

        button = self.wait(find, f"button: {label}")
        # By script: what happens to lie over the button for a moment (a message) is not what is tested.
        self.driver.execute_script("arguments[0].click()", button)

    def open(self):
        self.driver.get(self.origin + "/")
        self.wait(lambda: self.field("username"), "the log-in page")

    def log_in(self, user):
        self.open()
        self.fill(username=user.name, password=user.password)
        self.press("Log in")
        self.wait_live()
        self.driver.execute_script("window.neverReloaded = true")

    def log_out(self):
        self.driver.find_element(By.CSS_SELECTOR, ".menu summary").click()
        self.press("Log out")
        self.wait(lambda: self.field("username"), "the log-in page")

    def visit(self, page):
        """Goes to a page by its link, as in visit("queue?status=approved"): the document stays."""
        self.driver.execute_script("location.hash = arguments[0]", f"#/{page}")

    def wait_live(self):
        self.wait(lambda: self.driver.find_element(By.ID, "live").text == "Live", "the live indicator")

    @property
    def was_reloaded(self):
        return not self.driver.execute_script("return window.neverReloaded === true")

    def cards(self, title):
        cards = self.driver.find_elements(By.CSS_SELECTOR, "article.request")
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
