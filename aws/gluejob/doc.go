// Package gluejob asks the Glue API of one account and Region about job runs, jobs and their tags.
//
// It only reads. Arguments of jobs and runs may hold secrets, so nothing leaves it but those on the allow list; the error
// message of a run leaves it as Glue wrote it, in the field for it and nowhere else. It is NOT the collector: it keeps
// nothing, decides nothing about what to ask next, and knows no budget but what it counts for one (Config.Calls).
package gluejob
