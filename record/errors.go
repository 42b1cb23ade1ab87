package record

import "limnograph"

// The numbers of the fields of job_run_errors. They stand in stored rows: none is ever used for another field.
const (
	errorCategory uint8 = iota + 1
	errorClass
	errorMessage
	errorObserved
	errorStarted
	errorFirstObserved
)

// Errors returns the table job_run_errors.
func Errors() *Table {
	t := newTable(limnograph.RunErrorsTable, errorColumns())
	t.ts = (*facts).errorTS
	t.rank = said.runRank
	return t
}

func errorColumns() []column {
	return []column{
		timestamp("when the run started; until that is told, when the error was first told of"),
		keyColumn("account_id", "AWS account"),
		keyColumn("region", "AWS Region"),
		keyColumn("job_name", "name of the job"),
		keyColumn("job_run_id", "id of the run"),
		stated(errorCategory, "error_category", text, "Glue's error category"),
		stated(errorClass, "error_class", text, "a finer class of the error"),
		{
			name: "message", number: errorMessage, kind: text, line: "message", must: true,
			doc: "the error text, redacted",
		},
		{
			name: "observed_at", number: errorObserved, kind: instant, line: "observed_at", must: true, rule: latest,
			doc: "when the error was last told of",
		},
		versionsColumn(),
		{name: "started_at", number: errorStarted, kind: instant, line: "started_at", hidden: true, doc: "StartedOn of the run"},
		{
			name: "first_observed_at", number: errorFirstObserved, kind: instant, rule: earliest, from: said.observed, hidden: true,
			doc: "when the error was first told of",
		},
		ranking("state", text, true, "state of the run"),
		ranking("modified_at", instant, false, "LastModifiedOn of the run"),
		ranking("source", text, true, "api or event"),
	}
}

func (f *facts) errorTS() int64 {
	if started, ok := f.long(errorStarted); ok {
		return started
	}
	first, _ := f.long(errorFirstObserved)
	return first
}
