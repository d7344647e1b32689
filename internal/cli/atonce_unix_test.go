//go:build unix

package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Of twenty updates at once exactly one applies; the others find nothing to do,
// or say that the project is taken or was changed meanwhile. The bytes are those
// of one run.
func TestManyUpdatesAtOnce(t *testing.T) {
	for name, edit := range map[string]string{"clean": "true", "with conflicts": "echo mine >one/f0"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for v := 1; v <= 2; v++ {
				at := filepath.Join(dir, fmt.Sprint("v", v))
				os.MkdirAll(filepath.Join(at, "files"), 0o777)
				os.WriteFile(filepath.Join(at, "template.yaml"), fmt.Appendf(nil, "format: 1\nname: t\nversion: %d.0.0\n", v), 0o666)
				for i := range 50 {
					os.WriteFile(filepath.Join(at, "files", fmt.Sprint("f", i)), fmt.Appendf(nil, "%d\n", v), 0o666)
				}
			}
			out, code := shell(t, dir, "git init -q . && gen new one -t ./v1 --no-input --no-git && "+edit+" && cp -a one many && gen update one -t ./v2")
			if code != 0 && code != 3 {
				t.Fatal(out)
			}
			want, _ := everything(filepath.Join(dir, "one"))
			var mu sync.Mutex
			var wg sync.WaitGroup
			applied, outs := 0, ""
			for range 20 {
				wg.Go(func() {
					out, got := shell(t, dir, "gen update many -t ./v2", "GEN_FSYNC=on")
					mu.Lock()
					defer mu.Unlock()
					switch {
					case strings.Contains(out, "t 1.0.0 -> 2.0.0\n") && got == code:
						applied++
					case got == 0 && strings.Contains(out, "nothing to do"):
					case got == 3 && code == 3 && strings.Contains(out, "1 conflict is left"):
					case got == 1 && strings.Contains(out, "another gen is at work"):
					default:
						t.Errorf("exit %d: %s", got, out)
					}
					outs += out
				})
			}
			wg.Wait()
			got, _ := everything(filepath.Join(dir, "many"))
			if got = strings.ReplaceAll(got, "many", "one"); applied != 1 || got != want {
				t.Errorf("%d applied\n%s\ngot\n%s\nwant\n%s", applied, outs, got, want)
			}
		})
	}
}

// Of many that make a project of the same directory one does; the others say so,
// and leave nothing.
func TestManyInOnePlace(t *testing.T) {
	dir := t.TempDir()
	template(t, filepath.Join(dir, "v1"), 1, "a=x d/b=t")
	if out, code := shell(t, dir, "git init -q . && mkdir one many && echo mine | tee one/mine >many/mine && gen new one -s name=many -t ./v1 --no-git"); code != 0 {
		t.Fatal(out)
	}
	want, _ := everything(filepath.Join(dir, "one"))
	var mu sync.Mutex
	var wg sync.WaitGroup
	made := 0
	for range 20 {
		wg.Go(func() {
			out, got := shell(t, dir, "gen new many -t ./v1 --no-git", "GEN_FSYNC=on")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case got == 0:
				made++
			case got == 1 && (strings.Contains(out, "made already") || strings.Contains(out, "another gen") || strings.Contains(out, "meanwhile") ||
				strings.Contains(out, "was interrupted")):
			default:
				t.Errorf("exit %d: %s", got, out)
			}
		})
	}
	wg.Wait()
	if got, _ := everything(filepath.Join(dir, "many")); made != 1 || got != want {
		t.Errorf("%d made\n%s\nwant\n%s", made, got, want)
	}
}
