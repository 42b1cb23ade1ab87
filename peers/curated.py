"""Reads and writes a curated table with PyIceberg: curated.py ROOT TABLE read|append|delete

read    prints the columns, the partition, the sort order, the snapshots and all rows as JSON
append  appends the first row once more, as a writer does that knows nothing of the product
delete  deletes the rows of version 0
"""
import json
import sys

from pyiceberg.catalog.sql import SqlCatalog

root, name, command = sys.argv[1:]
catalog = SqlCatalog("limno", uri=f"sqlite:///{root}/lake/catalog.db", warehouse=f"file://{root}/lake")
assert catalog.list_namespaces() == [("limnograph",)], catalog.list_namespaces()
table = catalog.load_table(f"limnograph.{name}")
schema = table.schema()


def value(v):
    return int(v.timestamp() * 1_000_000) if hasattr(v, "timestamp") else v


if command == "read":
    rows = [{k: value(v) for k, v in row.items()} for row in table.scan().to_arrow().to_pylist()]
    names = {f.field_id: f.name for f in schema.fields}
    print(json.dumps({
        "location": table.location(),
        "columns": [f"{f.field_id} {f.name} {f.field_type} {'required' if f.required else 'optional'}" for f in schema.fields],
        "partition": [f"{names[f.source_id]} {f.transform}" for f in table.spec().fields],
        "order": [f"{names[f.source_id]} {f.direction.name} {f.null_order.name}" for f in table.sort_order().fields],
        "files": sorted(t.file.file_path for t in table.scan().plan_files()),
        "snapshots": [s.snapshot_id for s in table.metadata.snapshots],
        "mark": table.current_snapshot().summary.additional_properties.get("limno.mark"),
        "total": table.current_snapshot().summary.additional_properties.get("total-records"),
        "rows": sorted(rows, key=lambda r: (r["sid"], r["ts"], r["version"])) if "sid" in names.values() else rows,
    }))
elif command == "append":
    table.append(table.scan(limit=1).to_arrow())
elif command == "delete":
    table.delete("version == 0")
