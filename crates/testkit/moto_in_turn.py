"""moto's server, with a DynamoDB that several clients can use at once.

moto answers in threads, and its tables know neither locks nor transactions of their own: a transaction copies whole
tables and, when it fails, puts the copies back, whatever others wrote meanwhile. Here one request is answered at a time,
and a transaction that fails puts back the items that it touched. Conditions, updates and queries are moto's own.
"""

import copy
import sys
import threading

from moto import server
from moto.dynamodb import models
from moto.dynamodb.models.table import Table

ANSWERING = threading.RLock()
answer = server.DomainDispatcherApplication.__call__


def answer_in_turn(self, environ, start_response):
    with ANSWERING:
        return answer(self, environ, start_response)


class Copy:
    """`copy`, except that a table is not copied."""

    @staticmethod
    def deepcopy(what, *args):
        return what if isinstance(what, Table) else copy.deepcopy(what, *args)

    copy = staticmethod(copy.copy)


transact = models.DynamoDBBackend.transact_write_items


def places(table, operation):
    key = operation.get("Key") or operation["Item"]
    hash_key = models.DynamoType(key[table.hash_key_attr])
    range_key = models.DynamoType(key[table.range_key_attr]) if table.range_key_attr else None
    return hash_key, range_key


def transact_touching(self, items):
    touched = []
    for item in items:
        operation = next(iter(item.values()))
        table = self.tables.get(operation.get("TableName"))
        if table is not None and table.range_key_attr:
            hash_key, range_key = places(table, operation)
            touched.append((table, hash_key, range_key, table.items.get(hash_key, {}).get(range_key)))
    # An update works on a copy and then takes its place, so what was there is as it was.
    before = [(table, one, two, copy.deepcopy(item)) for table, one, two, item in touched]
    try:
        return transact(self, items)
    except Exception:
        for table, hash_key, range_key, item in before:
            if item is None:
                table.items.get(hash_key, {}).pop(range_key, None)
            else:
                table.items[hash_key][range_key] = item
        raise


server.DomainDispatcherApplication.__call__ = answer_in_turn
models.copy = Copy
models.DynamoDBBackend.transact_write_items = transact_touching
server.main(sys.argv[1:])
