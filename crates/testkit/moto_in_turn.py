"""moto's server, with a DynamoDB that many clients can use at once.

moto answers in threads, and its tables know neither locks nor transactions of their own: a transaction copies whole
tables and, when it fails, puts the copies back, whatever others wrote meanwhile. Here one request is answered at a time,
and a transaction that fails puts back the items that it touched.

A query of moto's looks at every item of a table and sorts them. Here it is handed those that stand under the key it
names, in the order that an index keeps, and no more than its page can hold, and chooses attributes by their names; what it does
besides is moto's own. With
`MOTO_CHECKED` in the environment each query is also asked the long way, and another answer ends the server.

`GET /asked` tells what was asked: operation, how often, how often refused, seconds in all. Connections are kept, so that a
hundred clients are not a hundred new connections a second. Conditions, updates and the
form of every answer are moto's own.
"""

import bisect
import copy
import io
import os
import sys
import threading
import time

from moto import server
from moto.dynamodb import models
from moto.dynamodb.models import table as tables
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.moto_server.werkzeug_app import MotoRequestHandler

CHECKED = "MOTO_CHECKED" in os.environ
ANSWERING = threading.RLock()
answer = server.DomainDispatcherApplication.__call__


# What was asked: how often, how often in vain, and how long that took.
ASKED = {}


def answer_in_turn(self, environ, start_response):
    if environ["PATH_INFO"] == "/asked":
        lines = [f"{name} {count} {refused} {seconds:.3f}\n" for name, (count, refused, seconds) in sorted(ASKED.items())]
        start_response("200 OK", [("Content-Type", "text/plain")])
        return ["".join(lines).encode()]
    statuses = []

    def start(status, headers, *more):
        statuses.append(status)
        return start_response(status, headers, *more)

    with ANSWERING:
        begun = time.perf_counter()
        answered = answer(self, environ, start)
        name = environ.get("HTTP_X_AMZ_TARGET", "else").rpartition(".")[2]
        count, refused, seconds = ASKED.get(name, (0, 0, 0.0))
        refused += statuses[0][0] == "4"
        ASKED[name] = (count + 1, refused, seconds + time.perf_counter() - begun)
    return answered


class Kept(MotoRequestHandler):
    """A connection that is kept: each request is read whole, whatever becomes of it, and each answer written at once."""

    def run_wsgi(self):
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.environ = environ = self.make_environ()
        if "Transfer-Encoding" in self.headers:
            self.close_connection = True
        else:
            environ["wsgi.input"] = io.BytesIO(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        head = []
        answered = self.server.app(environ, lambda status, headers, *_: head.extend([status, headers]))
        body = b"".join(answered)
        if hasattr(answered, "close"):
            answered.close()
        status, headers = head[-2:]
        kept = [f"{name}: {value}" for name, value in headers if name.lower() not in ("content-length", "connection")]
        length = len(body)
        if self.command == "HEAD":
            length = next((value for name, value in headers if name.lower() == "content-length"), 0)
        if self.close_connection:
            kept.append("Connection: close")
        lines = [f"HTTP/1.1 {status}", *kept, f"Content-Length: {length}", "", ""]
        self.wfile.write("\r\n".join(lines).encode("latin-1") + body)


SIGNS = {"=": "EQ", "<=": "LE", "<": "LT", ">=": "GE", ">": "GT", "BETWEEN": "BETWEEN", None: None}


class Order:
    """What a global index keeps: for each value of its partition key the items under it, by sort key and place."""

    def __init__(self, index, table):
        self.hash_name, self.range_name = [key["AttributeName"] for key in index.schema]
        self.table = table
        self.under = {}
        self.stands = {}
        for item in table.items_of_all():
            self.put(item.hash_key, item.range_key)

    def put(self, hash_key, range_key):
        """Takes up what became of the item at that place."""
        place = (hash_key.value, range_key.value)
        before = self.stands.pop(place, None)
        item = self.table.items.get(hash_key, {}).get(range_key)
        after = None
        if item is not None and self.hash_name in item.attrs and self.range_name in item.attrs:
            after = (item.attrs[self.hash_name].value, (item.attrs[self.range_name].cast_value, *place))
            self.stands[place] = after
        if before == after:
            return
        if before is not None:
            row = self.under[before[0]]
            del row[bisect.bisect_left(row, before[1])]
        if after is not None:
            bisect.insort(self.under.setdefault(after[0], []), after[1])

    def among(self, value, comparison, objects, start, limit, forward):
        """The places of what stands under that value, within those bounds and behind that place; one more than a page."""
        row = self.under.get(value, [])
        low, high = 0, len(row)
        bounds = [one.cast_value for one in objects]
        before, behind = (lambda one: (one,)), (lambda one: (one, chr(0x10FFFF)))
        if comparison in ("EQ", "GE", "BETWEEN"):
            low = bisect.bisect_left(row, before(bounds[0]))
        if comparison == "GT":
            low = bisect.bisect_left(row, behind(bounds[0]))
        if comparison in ("EQ", "LE", "BETWEEN"):
            high = bisect.bisect_left(row, behind(bounds[-1]))
        if comparison == "LT":
            high = bisect.bisect_left(row, before(bounds[0]))
        if start is not None:
            there = tuple(DynamoType(start[name]).cast_value for name in (self.range_name, *self.table.table_key_attrs))
            if forward:
                low = max(low, bisect.bisect_right(row, there))
            else:
                high = min(high, bisect.bisect_left(row, there))
        if limit is not None and forward:
            high = min(high, low + limit + 1)
        elif limit is not None:
            low = max(low, high - limit - 1)
        return row[low:high]


def items_of_all(self):
    return [item for part in self.items.values() for item in part.values()]


def order(self, name):
    """The order of that index; none where an index or a key is of another form than Bellhop's."""
    if "orders" not in self.__dict__:
        self.orders = {}
    if name not in self.orders:
        index = next((index for index in self.global_indexes if index.name == name), None)
        fits = index is not None and [key["KeyType"] for key in index.schema] == ["HASH", "RANGE"]
        fits = fits and self.hash_key_type == "S" and self.range_key_type == "S"
        self.orders[name] = Order(index, self) if fits else None
    return self.orders[name]


def candidates(self, hash_key, comparison, objects, limit, start, forward, name, hash_conditions):
    """What a query has to look at; none where that is not known."""
    if self.range_key_attr is None:
        return None
    if name is None:
        return list(self.items[hash_key].values()) if hash_key in self.items else []
    kept = self.order(name)
    if kept is None or comparison not in SIGNS or len(hash_conditions or []) != 1 or hash_conditions[0][0] != kept.hash_name:
        return None
    places = kept.among(hash_conditions[0][1].value, SIGNS[comparison], objects, start, limit, forward)
    return [self.items[DynamoType({"S": one})][DynamoType({"S": two})] for _, one, two in places]


all_items, query = Table.all_items, Table.query


def all_items_that_matter(self):
    found = self.__dict__.get("found")
    return all_items(self) if found is None else found


def query_by_order(self, hash_key, comparison, objects, limit, start, forward, projection, index_name=None, *rest, **more):
    arguments = (hash_key, comparison, objects, limit, start, forward, projection, index_name, *rest)
    conditions = more.get("hash_key_conditions")
    self.found = candidates(self, hash_key, comparison, objects, limit, start, forward, index_name, conditions)
    try:
        answered = query(self, *arguments, **more)
    finally:
        self.found = None
    if CHECKED:
        shown = lambda answer: ([item.to_json() for item in answer[0]], *answer[1:])
        if shown(answered) != shown(query(self, *arguments, **more)):
            print("a query was answered otherwise than by moto", file=sys.stderr)
            os._exit(1)
    return answered


def reordered(table, hash_key, range_key):
    for kept in table.__dict__.get("orders", {}).values():
        if kept is not None:
            kept.put(hash_key, range_key)


put_item, delete_item = Table.put_item, Table.delete_item
update_item = models.DynamoDBBackend.update_item


def put_and_order(self, *arguments, **more):
    item = put_item(self, *arguments, **more)
    reordered(self, item.hash_key, item.range_key)
    return item


def delete_and_order(self, hash_key, range_key):
    item = delete_item(self, hash_key, range_key)
    reordered(self, hash_key, range_key)
    return item


def update_and_order(self, table_name, key, *arguments, **more):
    try:
        return update_item(self, table_name, key, *arguments, **more)
    finally:
        table = self.tables.get(table_name)
        if table is not None and table.range_key_attr:
            reordered(table, *places(table, {"Key": key}))


class Copy:
    """`copy`, except that a table is not copied."""

    @staticmethod
    def deepcopy(what, *args):
        return what if isinstance(what, Table) else copy.deepcopy(what, *args)

    copy = staticmethod(copy.copy)


project = Item.project


def project_plainly(self, expressions):
    """The attributes of those names, without making plain values of all others first, once for each."""
    if any(len(path) != 1 or "[" in path[0] for path in expressions):
        return project(self, expressions)
    chosen = {path[0]: self.attrs[path[0]] for path in expressions if path[0] in self.attrs}
    return Item(self.hash_key, self.range_key, chosen)


class Handed:
    """`copy`, except that the items that a query found are not copied: nothing changes them until they are written out."""

    @staticmethod
    def deepcopy(what, *args):
        return list(what) if isinstance(what, list) else copy.deepcopy(what, *args)

    copy = staticmethod(copy.copy)


transact = models.DynamoDBBackend.transact_write_items


def places(table, operation):
    key = operation.get("Key") or operation["Item"]
    return DynamoType(key[table.hash_key_attr]), DynamoType(key[table.range_key_attr])


def transact_touching(self, items):
    before = []
    for item in items:
        operation = next(iter(item.values()))
        table = self.tables.get(operation.get("TableName"))
        if table is not None and table.range_key_attr:
            hash_key, range_key = places(table, operation)
            # An update changes the item itself.
            was = copy.deepcopy(table.items.get(hash_key, {}).get(range_key))
            before.append((table, hash_key, range_key, was))
    try:
        return transact(self, items)
    except Exception:
        for table, hash_key, range_key, item in before:
            if item is None:
                table.items.get(hash_key, {}).pop(range_key, None)
            else:
                table.items[hash_key][range_key] = item
            reordered(table, hash_key, range_key)
        raise


server.DomainDispatcherApplication.__call__ = answer_in_turn
server.MotoRequestHandler = Kept
Table.items_of_all, Table.order = items_of_all, order
Table.all_items, Table.query = all_items_that_matter, query_by_order
Table.put_item, Table.delete_item = put_and_order, delete_and_order
models.copy = Copy
tables.copy = Handed
Item.project = project_plainly
models.DynamoDBBackend.update_item = update_and_order
models.DynamoDBBackend.transact_write_items = transact_touching
if __name__ == "__main__":
    server.main(sys.argv[1:])
