package metricstream

// fault is what a syntax check found.
type fault uint8

const (
	noFault fault = iota
	faultSyntax
	faultDepth
)

// syntax checks one JSON value without recursion and finds its end.
type syntax struct {
	data     []byte
	pos      int
	depth    int
	overflow bool           // some number is beyond float64
	open     [MaxDepth]byte // the brackets that are open
}

// checkTop is check for a value that stands alone: behind a scalar come white space, an object or the end.
func (s *syntax) checkTop(data []byte, pos int) fault {
	if f := s.check(data, pos); f != noFault {
		return f
	}
	container := data[pos] == '{' || data[pos] == '['
	if c := s.at(); container || s.pos == len(data) || isSpace(c) || c == '{' {
		return noFault
	}
	return faultSyntax
}

// check reads the value that starts at pos. Without a fault s.pos is the byte after it, else the byte at fault.
func (s *syntax) check(data []byte, pos int) fault {
	s.data, s.pos, s.depth, s.overflow = data, pos, 0, false
	for {
		if f := s.element(); f != noFault {
			return f
		}
		for s.depth > 0 {
			more, f := s.next()
			if f != noFault {
				return f
			}
			if more {
				break
			}
		}
		if s.depth == 0 {
			return noFault
		}
	}
}

// element reads a scalar, an empty container, or everything up to the first scalar in a container.
func (s *syntax) element() fault {
	for {
		switch c := s.peek(); c {
		case '{', '[':
			closed, f := s.enter(c)
			if f != noFault || closed {
				return f
			}
		case '"':
			return s.text()
		case 't':
			return s.literal("true")
		case 'f':
			return s.literal("false")
		case 'n':
			return s.literal("null")
		default:
			return s.number()
		}
	}
}

// enter opens a container and reads its first key, or closes it again when it is empty.
func (s *syntax) enter(bracket byte) (closed bool, f fault) {
	if s.depth == MaxDepth {
		return false, faultDepth
	}
	s.open[s.depth] = bracket
	s.depth++
	s.pos++
	if s.peek() == bracket+2 { // '{' and '}', '[' and ']' are two apart
		s.pos++
		s.depth--
		return true, noFault
	}
	if bracket == '{' {
		return false, s.key()
	}
	return false, noFault
}

// next reads what follows an element: a comma (and a key), or the end of the container.
func (s *syntax) next() (more bool, f fault) {
	bracket := s.open[s.depth-1]
	switch s.peek() {
	case ',':
		s.pos++
		if bracket == '{' {
			return true, s.key()
		}
		return true, noFault
	case bracket + 2:
		s.pos++
		s.depth--
		return false, noFault
	}
	return false, faultSyntax
}

func (s *syntax) key() fault {
	if s.peek() != '"' {
		return faultSyntax
	}
	if f := s.text(); f != noFault {
		return f
	}
	if s.peek() != ':' {
		return faultSyntax
	}
	s.pos++
	return noFault
}

// peek skips white space and returns the byte there, or 0 at the end.
func (s *syntax) peek() byte {
	s.pos = skipSpace(s.data, s.pos)
	return s.at()
}

func (s *syntax) at() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

func (s *syntax) literal(word string) fault {
	for i := range len(word) {
		if s.at() != word[i] {
			return faultSyntax
		}
		s.pos++
	}
	return noFault
}

// text reads a string. Invalid UTF-8 is no fault: decoding replaces it.
func (s *syntax) text() fault {
	s.pos++
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			return noFault
		case c == '\\':
			if f := s.escape(); f != noFault {
				return f
			}
		case c < 0x20:
			return faultSyntax
		default:
			s.pos++
		}
	}
	return faultSyntax
}

func (s *syntax) escape() fault {
	s.pos++
	switch s.at() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos++
		return noFault
	case 'u':
		s.pos++
		for range 4 {
			if !isHex(s.at()) {
				return faultSyntax
			}
			s.pos++
		}
		return noFault
	}
	return faultSyntax
}

func (s *syntax) number() fault {
	end := numberEnd(s.data, s.pos)
	if end == s.pos {
		return faultSyntax
	}
	s.overflow = s.overflow || overflows(s.data[s.pos:end])
	s.pos = end
	return noFault
}

func skipSpace(data []byte, pos int) int {
	for pos < len(data) && isSpace(data[pos]) {
		pos++
	}
	return pos
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
