package backend_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// memory looks for texts in everything of the engine's own that can be reached from a value. What others made is left out,
// the test's storage too, and so is the sweeper, which knows names and times and never rests: no lock is held here.
type memory struct {
	seen  map[visit]bool
	found map[string]bool
	texts []string
}

const engineModule = "vault-plugin-secrets-oracle-financials/"

type visit struct {
	kind    reflect.Type
	address uintptr
}

// holds says which of the texts are in what a backend keeps.
func holds(b logical.Backend, texts ...string) map[string]bool {
	m := memory{map[visit]bool{}, map[string]bool{}, texts}
	m.walk(reflect.ValueOf(b))
	return m.found
}

func (m *memory) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		for _, text := range m.texts {
			if strings.Contains(v.String(), text) {
				m.found[text] = true
			}
		}
	case reflect.Pointer, reflect.Map:
		place := visit{v.Type(), v.Pointer()}
		if v.IsNil() || m.seen[place] {
			return
		}
		m.seen[place] = true
		m.within(v)
	case reflect.Interface:
		if !v.IsNil() {
			m.walk(v.Elem())
		}
	default:
		m.within(v)
	}
}

// within looks into what holds other values.
func (m *memory) within(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		m.walk(v.Elem())
	case reflect.Map:
		for each := v.MapRange(); each.Next(); {
			m.walk(each.Key())
			m.walk(each.Value())
		}
	case reflect.Struct:
		if !strings.HasPrefix(v.Type().PkgPath(), engineModule) || v.Type() == reflect.TypeFor[rotation.Sweeper]() {
			return
		}
		for i := range v.NumField() {
			m.walk(v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 && v.Kind() == reflect.Slice {
			for _, text := range m.texts {
				if bytes.Contains(v.Bytes(), []byte(text)) {
					m.found[text] = true
				}
			}
			return
		}
		for i := range v.Len() {
			m.walk(v.Index(i))
		}
	default: // a number, or what cannot be looked into
	}
}

// Of the passwords in storage, memory keeps the served one, once it was read, and on the node that writes.
func TestOnlyWhatIsServedIsKept(t *testing.T) {
	t.Parallel()
	m, _ := newServing(t)
	const second = "Another-Horse-1"
	must(t, m.sim.Pod().SetPassword(user, second))
	m.write(map[string]any{"password": second}) // the first is kept in storage, as the previous one
	if found := holds(m.backend, password, second, "gl"); found[password] || found[second] || !found["gl"] {
		t.Errorf("before a read, memory holds %v", found)
	}
	m.read("creds/gl")
	m.read("status/gl")
	if found := holds(m.backend, password, second); found[password] || !found[second] {
		t.Errorf("after a read, memory holds %v", found)
	}
	m.backend.Cleanup(t.Context())
	if found := holds(m.backend, password, second); len(found) > 0 {
		t.Errorf("after the mount was taken down, memory holds %v", found)
	}
}
