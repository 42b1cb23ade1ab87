package metricstream

// member is a name with the raw JSON text of its value.
type member struct {
	name  string
	value []byte
}

// longList is the length from which names are looked up in a map. CloudWatch allows 30 dimensions.
const longList = 32

// memberList is a list of members with unique names: setting a name again replaces its value in place.
type memberList struct {
	list  []member
	place map[string]int // only when the list is long
}

func (l *memberList) reset() { l.list = l.list[:0] }

func (l *memberList) set(name string, value []byte) {
	i := l.find(name)
	if i == len(l.list) {
		l.list = append(l.list, member{name: name})
	}
	l.list[i].value = value
}

// find returns the place of name, or of the next entry when it is new.
func (l *memberList) find(name string) int {
	n := len(l.list)
	if n < longList {
		for i := range l.list {
			if l.list[i].name == name {
				return i
			}
		}
		return n
	}
	if n == longList {
		l.place = make(map[string]int, 2*longList)
		for i := range l.list {
			l.place[l.list[i].name] = i
		}
	}
	if i, ok := l.place[name]; ok {
		return i
	}
	l.place[name] = n
	return n
}

// walker walks the members of an object that is known to be correct JSON.
type walker struct {
	data []byte
	pos  int
}

func walk(object []byte) walker { return walker{object, 1} }

// next returns the raw text of the next key, without its quotes, and of its value.
func (w *walker) next() (key, value []byte, ok bool) {
	w.pos = skipSpace(w.data, w.pos)
	if w.data[w.pos] == ',' {
		w.pos = skipSpace(w.data, w.pos+1)
	}
	if w.data[w.pos] == '}' {
		return nil, nil, false
	}
	end := textEnd(w.data, w.pos)
	key = w.data[w.pos+1 : end-1]
	start := skipSpace(w.data, skipSpace(w.data, end)+1) // behind the colon
	w.pos = valueEnd(w.data, start)
	return key, w.data[start:w.pos], true
}

// textEnd returns the byte after the string whose quote stands at pos.
func textEnd(data []byte, pos int) int {
	for pos++; data[pos] != '"'; pos++ {
		if data[pos] == '\\' {
			pos++
		}
	}
	return pos + 1
}

// valueEnd returns the byte after the value at pos.
func valueEnd(data []byte, pos int) int {
	for depth := 0; ; {
		switch c := data[pos]; {
		case c == '"':
			pos = textEnd(data, pos)
		case c == '{' || c == '[':
			depth++
			pos++
		case c == '}' || c == ']':
			depth--
			pos++
		case isScalar(c):
			pos = scalarEnd(data, pos)
		default:
			pos++ // white space, comma or colon inside a container
		}
		if depth == 0 {
			return pos
		}
	}
}

// scalarEnd returns the byte after the number, true, false or null at pos.
func scalarEnd(data []byte, pos int) int {
	for isScalar(data[pos]) { // a member is always followed by its object's brace
		pos++
	}
	return pos
}

func isScalar(c byte) bool {
	return 'a' <= c && c <= 'z' || isDigit(c) || c == '-' || c == '+' || c == '.' || c == 'E'
}
