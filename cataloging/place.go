package cataloging

import (
	"errors"
	"path"
	"strings"

	"limnograph"
	"limnograph/objectkey"
)

// placeOf returns the table and the partition of a landing object. Errors: CodeInvalid for the folders, another one for
// the name.
func placeOf(key string) (table string, p limnograph.Partition, err error) {
	table, p, err = objectkey.PartitionOf(key)
	if err == nil {
		err = checkName(path.Base(key))
	}
	return table, p, err
}

// tableOf returns the table whose folder holds a key, or a folder, of landing. It checks nothing.
func tableOf(key string) string {
	table, _, _ := strings.Cut(strings.TrimPrefix(key, objectkey.MetricsPrefix), "/")
	return table
}

// errName refuses the name of an object.
var errName = errors.New("the name is not that of a landing object: *.gz, without _ or . before it")

// checkName leaves out what the engines read as garbage or not at all.
func checkName(name string) error {
	if strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") || !strings.HasSuffix(name, ".gz") || objectkey.CheckName("", name) != nil {
		return errName
	}
	return nil
}
