package mem_test

import (
	"testing"

	"limnograph/conformance"
	"limnograph/mem"
)

func TestCatalog(t *testing.T) {
	conformance.Catalog(t, func(*testing.T) conformance.CatalogLedger { return mem.NewCatalog() })
}
