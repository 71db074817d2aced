package export

import "testing"

// TestLiteral: the wanted side is what Python's repr gives.
func TestLiteral(t *testing.T) {
	for value, want := range map[string]string{
		`{"_":"ChatPhotoEmpty"}`:   `{'_': 'ChatPhotoEmpty'}`,
		`[]`:                       `[]`,
		`{}`:                       `{}`,
		`null`:                     `None`,
		`true`:                     `True`,
		`[1,-2.5,false,null]`:      `[1, -2.5, False, None]`,
		`9223372036854775807`:      `9223372036854775807`,
		`"it's"`:                   `"it's"`,
		`"\"it's\""`:               `'"it\'s"'`,
		`"a\\b\n\r\t\u0000\u007f"`: `'a\\b\n\r\t\x00\x7f'`,
		`"ünï 👋 日本"`:               `'ünï 👋 日本'`,
		`"\u200b\ud83d\ude00"`:     `'\u200b😀'`,
		`[{"option":"b'0'"},{}]`:   `[{'option': "b'0'"}, {}]`,
		`{"stripped_thumb":"b'\\x01'","photo_id":5}`: `{'stripped_thumb': b'\x01', 'photo_id': 5}`,
		``:         `None`,
		`{"a":`:    `None`,
		`[1,2`:     `None`,
		`"\ud800"`: `'�'`, // half a surrogate pair
	} {
		if got := literal([]byte(value)); got != want {
			t.Errorf("%s: got %s, want %s", value, got, want)
		}
	}
}

func TestPythonFloat(t *testing.T) {
	for f, want := range map[float64]string{7: "7.0", 0: "0.0", -12.25: "-12.25", 51.5007: "51.5007"} {
		if got := pythonFloat(f); got != want {
			t.Errorf("%v: got %s, want %s", f, got, want)
		}
	}
}
