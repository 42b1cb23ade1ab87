package landing

import "limnograph/objectkey"

// Covered reports whether the reader of a mark was given everything in a sealed object. A mark that makes no sense
// covers nothing.
func Covered(mark string, object objectkey.Landing) bool {
	m, ok := parseMark(mark)
	_, unread := m.unread(object.Sequence, object.Through)
	return ok && !unread
}
