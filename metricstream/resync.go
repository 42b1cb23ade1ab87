package metricstream

// resync returns where reading goes on after the broken piece that starts at start: always behind start. The package
// documentation states the rule.
func resync(data []byte, start int) int {
	if data[start] == '{' {
		return nextObject(data, start+1)
	}
	return nextCandidate(data, start+1)
}

// nextObject finds a '{' that follows a line break or a '}', white space aside.
func nextObject(data []byte, pos int) int {
	armed := false
	for ; pos < len(data); pos++ {
		switch c := data[pos]; {
		case c == '{' && armed:
			return pos
		case c == '\n' || c == '}':
			armed = true
		case !isSpace(c):
			armed = false
		}
	}
	return pos
}

// nextCandidate finds a line break or a '{'.
func nextCandidate(data []byte, pos int) int {
	for pos < len(data) && data[pos] != '\n' && data[pos] != '{' {
		pos++
	}
	return pos
}

// trimSpace cuts the white space at the end of a piece.
func trimSpace(piece []byte) []byte {
	for len(piece) > 0 && isSpace(piece[len(piece)-1]) {
		piece = piece[:len(piece)-1]
	}
	return piece
}
