package landing

// Ready tells why a batch would be refused now; nil when one would be taken. Errors: CodeUnavailable.
func (l *Lander) Ready() error {
	release, refused, err := l.limits.admit(1, 0)
	if refused != nil {
		return refused.err()
	}
	if err != nil {
		return err
	}
	release()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.accepting()
}
