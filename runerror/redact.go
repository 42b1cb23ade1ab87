package runerror

// Redact returns what may be kept of an error text.
func Redact(text string) string { return "" }
