package mutants_test

// mutant is one mistake: in a file, a text and what stands in its place; and the tests of which at least one must fail.
type mutant struct {
	name     string
	file     string
	old, new string
	killers  []killer
}

// killer is a test run: a package, a pattern of test names, and further arguments.
type killer struct {
	pkg, run string
	args     []string
}

// worlds is the simulation, with fewer worlds than in its own run.
func worlds() killer {
	return killer{"./lakesim", "TestSimulation$", []string{"-lakesim.seeds=1000"}}
}

func by(pkg, run string) killer { return killer{pkg: pkg, run: run} }

// simulated is a mutant that the simulation must kill.
func simulated(name, file, old, changed string) mutant {
	return mutant{name, file, old, changed, []killer{worlds()}}
}

// mutants are the mistakes.
func mutants() []mutant {
	return append(append(mergeMutants(), ledgerMutants()...), storeMutants()...)
}

// mergeMutants break the merge: which statement wins, and that each key stands once.
func mergeMutants() []mutant {
	return []mutant{
		simulated("version order before level precedence", "lake/merge.go",
			"\t\tcmp.Compare(a.SampleCount(), b.SampleCount()),\n\t\tcmp.Compare(a.Statistics(), b.Statistics()),\n\t\tcmp.Compare(a.Version, b.Version))",
			"\t\tcmp.Compare(a.Version, b.Version),\n\t\tcmp.Compare(a.SampleCount(), b.SampleCount()),\n\t\tcmp.Compare(a.Statistics(), b.Statistics()))"),
		simulated("a restatement with a lower count wins", "lake/merge.go",
			"cmp.Compare(a.SampleCount(), b.SampleCount())", "cmp.Compare(b.SampleCount(), a.SampleCount())"),
		simulated("the number of statistics does not count", "lake/merge.go",
			"\t\tcmp.Compare(a.Statistics(), b.Statistics()),\n", ""),
		{
			"not reported ranks above reported", "columns/row.go", "return math.Inf(-1)", "return math.Inf(1)",
			[]killer{by("./lake", "TestFold$")},
		},
		simulated("folding keeps the first statement", "lake/merge.go",
			"\t\tcase Wins(&rows[i], &rows[last]):\n\t\t\trows[last] = rows[i]\n", ""),
		simulated("bitmaps are not rebuilt after a crash", "lake/seen.go",
			"if !overlapsAny(f, missing) {", "if f.Rows > 0 {"),
		simulated("bitmaps forget the rows of the last commit", "lake/curate.go",
			"\tr.seen.committed(fresh)\n\tr.lake.metrics.round", "\tr.lake.metrics.round"),
		{
			"two series of one minute share a bit", "lake/keyset.go", "for k.bits[i] != 0 && k.sids[i] != sid {", "for false {",
			[]killer{by("./lake", "TestKeySet$")},
		},
		simulated("timestamps off the minute are taken for their minute", "lake/keyset.go",
			"rest%minuteMillis == 0", "true"),
		simulated("absurd timestamps enter the table", "lake/decode.go",
			"case dp.Timestamp < from || dp.Timestamp > to:", "case dp.Timestamp < from && dp.Timestamp > to:"),
		simulated("compaction keeps the old row", "lake/mergerows.go", "func (m *rowMerge) updated() columns.Row {",
			"func (m *rowMerge) updated() columns.Row {\n\tif m != nil {\n\t\treturn *m.pending\n\t}"),
		simulated("held statements are dropped where they win", "lake/compactheld.go",
			"ok && Wins(&held, &rows[i]) {", "ok && Wins(&rows[i], &held) {"),
		{
			"held statements without a row are dropped", "lake/compactheld.go", "c.done, c.unplaced = held, m.unplaced()", "c.done = held",
			[]killer{by("./lake", "TestCompactHeld$")},
		},
		simulated("compaction brings back rows that were replaced meanwhile", "lake/compact.go",
			"if !hasFiles(t.base.Files, c.remove) || ", "c.remove = nil\n\tif "),
	}
}

// ledgerMutants break what a snapshot says about itself.
func ledgerMutants() []mutant {
	return []mutant{
		simulated("an append is replayed on a new base", "lake/commit.go",
			"\tif err != nil {\n\t\tt.lake.metrics.failed",
			"\tif limnograph.ErrorCode(err) == limnograph.CodeConflict {\n\t\tif now, e := t.lake.snapshots.Current(ctx, t.name); e == nil {\n\t\t\tnext, err = t.lake.snapshots.Commit(ctx, t.name, now.ID, change)\n\t\t}\n\t}\n\tif err != nil {\n\t\tt.lake.metrics.failed"),
		simulated("the mark is kept outside the snapshot", "lake/table.go",
			"\tt.mark = now.Mark\n", "\tif t.mark == \"\" {\n\t\tt.mark = now.Mark\n\t}\n"),
		simulated("held statements are lost at a restart", "lake/table.go",
			"\tif err := t.heldThere(ctx, &now); err != nil {\n\t\treturn err\n\t}\n", "\tnow.Ledger.Held = nil\n"),
		simulated("compaction loses the statements held since", "lake/compact.go",
			"Held: replaceHeld(t.base.Held, c.done, c.held)", "Held: replaceHeld(nil, c.done, c.held)"),
		simulated("an unknown outcome counts as success", "lake/commit.go",
			"if now.Properties[commitProperty] != name {", "if false {"),
		{
			"after a failed commit the table is not read again", "lake/commit.go", "\t\t\tt.lose()\n", "",
			[]killer{by("./lake", "TestConflictPlansAgain$"), worlds()},
		},
		simulated("snapshots of others are taken for ours", "lake/ledger.go",
			"\tif !ok {\n\t\treturn Ledger{}, false, nil\n\t}", "\tif !ok {\n\t\treturn Ledger{}, true, nil\n\t}"),
		{
			"after a roll-back the ledger is that of another state", "lake/table.go", "\t\treturn t.rolledBack(ctx)\n",
			"\t\tnow, err := t.lake.snapshots.Current(ctx, t.name)\n\t\tledger, _, _ := LedgerOf(s)\n\t\treturn state{now, ledger}, err\n",
			[]killer{by("./lakesim", "TestSnapshotByForeignWriter")},
		},
		simulated("the feed takes what waits for covered", "landing/tablefeed.go",
			"m.Pending = append(m.Pending, rangeOf(left))", "_ = rangeOf(left)"),
		simulated("a failed read of the feed is not repeated", "landing/feed.go",
			"\tif err != nil {\n\t\tt.forget()\n", "\tif err != nil {\n"),
		simulated("the feed follows what is not acknowledged", "landing/tablefeed.go", "c.end = g.acked", "c.end = toItsEnd"),
		simulated("sequences start again after a restart", "landing/sequence.go",
			"start = max(start, used+1)", "start = used + 1"),
	}
}

// storeMutants break durability, and delete what somebody needs.
func storeMutants() []mutant {
	return []mutant{
		{
			"a batch is acknowledged without fsync", "landing/segment.go", "\terr := file.Sync()\n", "\tvar err error\n\t_ = file\n",
			[]killer{by("./landing", "TestEveryAcknowledgedLineIsThereExactlyOnce$"), worlds()},
		},
		{
			"an object is stored without fsync", "localdir/put.go", "\t\terr = f.Sync()\n", "",
			[]killer{by("./localdir", "TestPromisesSurviveAPowerCutAtEveryOperation$")},
		},
		{
			"a file is deleted under a query", "lake/fileuse.go", "return u.held[key] > 0 || u.writing[key]", "return u.writing[key]",
			[]killer{by("./lake", "TestQueryOpenWhileExpiryDeletesItsFiles$"), by("./lakesim/openquery", "TestQueryOpen")},
		},
		{
			"a file is deleted under its writer", "lake/fileuse.go", "return u.held[key] > 0 || u.writing[key]", "return u.held[key] > 0",
			[]killer{by("./lake", "TestSweep"), worlds()},
		},
		{
			"a file is deleted as soon as nobody needs it", "lake/sweep.go", "if now.Sub(first) > d {", "if now.Sub(first) >= 0 {",
			[]killer{by("./lake", "TestSweep|TestQueryOpenWhileExpiryDeletesItsFiles"), worlds()},
		},
		simulated("held files of retained snapshots are deleted", "lake/sweep.go",
			"\t\t\tkeys[h.Key] = true\n", "\t\t\t_ = h\n"),
		simulated("the published files are deleted after a foreign roll-back", "lake/sweep.go",
			"\tif err := t.refreshed(ctx); err != nil {\n", "\tshown = nil\n\tif err := t.ready(ctx); err != nil {\n"),
		{
			"the catalogue's pointer moves without comparing", "iceberg/pointer.go",
			"AND table_name = ? AND metadata_location = ?`,\n\t\tto, from, catalogName, namespace, table, from)",
			"AND table_name = ?`,\n\t\tto, from, catalogName, namespace, table)",
			[]killer{by("./iceberg", "TestOneOfTwoProcessesWins$|TestSnapshots$")},
		},
		{
			"a snapshot without its files counts as intact", "iceberg/stepback.go",
			"if err != nil || size != f.Size {", "if err != nil || size < -1 {",
			[]killer{by("./iceberg", "TestStepBack$|TestSnapshots$")},
		},
		{
			"metadata is not synced before the catalogue names it", "iceberg/disk.go", "err = d.sync(f)", "err = nil",
			[]killer{by("./iceberg", "TestTheCatalogNamesOnlyWhatIsDurable$")},
		},
	}
}
