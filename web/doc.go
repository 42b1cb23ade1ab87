// Package web is the role that people and programs talk to: the HTTP API under /api/v1 with its generated OpenAPI
// document, the embedded page, and the server's own observation (/metrics, /healthz, /readyz).
//
// It asks an engine for the named panels of package panel, keeps their results for a few seconds so that many viewers
// cost one query, and guards every answer: host names, sessions, origins, security headers, limits.
//
// It is NOT the delivery endpoint (package firehose), decides no grants (package access wraps the engine) and wires
// nothing: what it needs comes in Config.
package web
