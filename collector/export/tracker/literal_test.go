package tracker

import (
	"math"
	"testing"
)

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
		`{"until_date":"2038-01-19 03:14:07+00:00"}`: `{'until_date': datetime.datetime(2038, 1, 19, 3, 14, 7, tzinfo=datetime.timezone.utc)}`,
		`{"until_date":"2038-01-19 03:00:00+00:00"}`: `{'until_date': datetime.datetime(2038, 1, 19, 3, 0, tzinfo=datetime.timezone.utc)}`,
		`{"until_date":"never"}`:                     `{'until_date': 'never'}`,
		`[1e-7,0.5,1E3,3.0]`:                         `[1e-07, 0.5, 1000.0, 3.0]`,
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
	for f, want := range map[float64]string{
		7: "7.0", 0: "0.0", math.Copysign(0, -1): "-0.0", -12.25: "-12.25", 51.5007: "51.5007",
		1e-07: "1e-07", -1.5e-05: "-1.5e-05", 0.0001: "0.0001", 0.00012: "0.00012", 1e-10: "1e-10",
		1e15: "1000000000000000.0", 1e16: "1e+16", 1.25e22: "1.25e+22", 1e100: "1e+100", 123456789.125: "123456789.125",
		math.Inf(1): "inf", math.Inf(-1): "-inf",
	} {
		if got := pythonFloat(f); got != want {
			t.Errorf("%v: got %s, want %s", f, got, want)
		}
	}
}

func TestSeconds(t *testing.T) {
	for f, want := range map[float64]string{3: "3", 0: "0", 3.5: "3.5", 27.04: "27.04", 1e-05: "1e-05"} {
		if got := seconds(f); got != want {
			t.Errorf("%v: got %s, want %s", f, got, want)
		}
	}
}
