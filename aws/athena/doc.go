// Package athena answers queries with Amazon Athena: it starts a query execution in a workgroup, waits for its end
// without hammering, and reads the result page by page.
//
// It does not decide who may ask (access), what is published (cataloging), or what a person's text may say (trinosql),
// and it creates nothing: tables, views and the workgroup exist. Athena describes the values of arrays, maps and rows as
// text without types within, so they come as that text ({a=1, b=2}); cast them to json for a form that can be read again.
package athena
