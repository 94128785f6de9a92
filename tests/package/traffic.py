#!/usr/bin/python3
"""
Traffic in the machine under test, until standard input ends: one subscriber asks for a book and then for the list, over and over, while the
creator's WebSocket is open. Prints "going" once it goes, and at the end one JSON object: how many requests, what failed, what the socket missed.
"""

import http.client
import json
import select
import subprocess
import sys

import websocket

NAME = "books.example.org"
SECONDS = 30


def ctl(*arguments):
    return subprocess.run(["runuser", "-u", "bookreq_owner", "--", "bookreqctl", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def call(method, path, token, body=None):
    web = http.client.HTTPConnection(NAME, timeout=SECONDS)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    web.request(method, path, json.dumps(body) if body else None, headers)
    answer = web.getresponse()
    return answer.status, json.loads(answer.read())


def main():
    creator, subscriber = sys.argv[1:]
    bearer = ctl("token", "add", creator)
    asker = ctl("token", "add", subscriber)
    me = call("GET", "/api/auth/me", bearer)[1]["user"]["id"]
    url = f"ws://{NAME}/api/book-requests/ws?user_id={me}"
    live = websocket.create_connection(url, header=[f"Authorization: Bearer {bearer}"], suppress_origin=True, timeout=SECONDS)
    assert json.loads(live.recv())["type"] == "connected"
    made, failed = [], []
    while not select.select([sys.stdin], [], [], 0)[0]:
        status, body = call("POST", "/api/book-requests", asker, {"title": f"Book {len(made)}", "author": "A", "allow_duplicate": True})
        if status == 201:
            made.append(body["book_request"]["id"])
        else:
            failed.append([status, body])
        status, body = call("GET", "/api/book-requests", asker)
        if status != 200:
            failed.append([status, body])
        if len(made) == 5:
            print("going", flush=True)
    seen = []
    while not made or made[-1] not in seen:
        frame = json.loads(live.recv())
        if frame["type"] == "book_request_update":
            seen.append(frame["book_request"]["id"])
    print(json.dumps({"made": len(made), "failed": failed[:5], "in_order": seen == made}))


main()
