package merge

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"example.com/gen/internal/tree"
)

// places are where the files of a random template lie. One of them cannot be a
// file where others are a directory.
var places = strings.Fields("a b c d/a d/b d/e/a e e/x F f g/h")

// history makes versions of a template: files come, go, change, are renamed,
// change places, and become directories.
func history(t *testing.T, r *rand.Rand, versions int) []tree.Tree {
	type file struct{ path, rest string }
	now := map[string]file{}
	var trees []tree.Tree
	for range versions {
		for i := range 6 {
			from := fmt.Sprintf("f%d", i)
			f, there := now[from]
			switch {
			case there && r.IntN(8) == 0:
				delete(now, from)
				continue
			case !there && r.IntN(2) == 0:
				continue
			case !there || r.IntN(3) == 0:
				f.rest = string("xotcwLMNb12"[r.IntN(11)]) + ",from:" + from + []string{"", "", ",exec", ",until"}[r.IntN(4)]
			}
			if !there || r.IntN(3) == 0 {
				f.path = places[r.IntN(len(places))]
			}
			now[from] = f
		}
		if r.IntN(4) == 0 && now["f0"].rest != "" && now["f6"].rest == "" { // renamed, and only its bytes say so
			now["f6"] = file{now["f0"].path, strings.Replace(now["f0"].rest, "from:f0", "from:f6", 1)}
			delete(now, "f0")
		}
		taken := map[string]bool{}
		var words []string
		for _, from := range slices.Sorted(maps.Keys(now)) {
			f := now[from]
			fold := strings.ToLower(f.path)
			collides := taken[fold] || fold == "e" && taken["e/x"] || fold == "e/x" && taken["e"]
			if taken[fold] = true; !collides {
				words = append(words, f.path+"="+f.rest)
			}
		}
		trees = append(trees, files(t, strings.Join(words, " ")))
	}
	return trees
}

// snapshot is ours as a project reads it for an update from base to theirs.
func snapshot(t *testing.T, ours, base, theirs tree.Tree) tree.Tree {
	t.Helper()
	now := map[string]tree.File{}
	for f := range ours.All() {
		now[f.Path.String()] = f
	}
	for _, named := range []tree.Tree{base, theirs} {
		for f := range named.All() {
			at := f.Path.String()
			if _, there := now[at]; there {
				continue
			}
			for o := range ours.All() {
				switch {
				case strings.HasPrefix(o.Path.String(), at+"/"):
					now[at] = tree.File{Path: f.Path, Data: []byte(ADirectory)}
				case strings.HasPrefix(at, o.Path.String()+"/"):
					now[at] = tree.File{Path: f.Path, Data: []byte(BelowFile)}
				}
			}
		}
	}
	made, _ := tree.New(slices.Collect(maps.Values(now)))
	return made
}

// On an untouched project, one update over two versions is two updates; and an
// update that was carried out has nothing left to do.
func TestHistories(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for range 1_000 {
		v := history(t, r, 3)
		update := func(base, ours, theirs tree.Tree) tree.Tree {
			p := Trees(Input{Base: base, Ours: snapshot(t, ours, base, theirs), Theirs: theirs})
			if p.Count(Conflict) > 0 || len(p.Moved) > 0 {
				t.Fatalf("a conflict in an untouched project: %s -> %s: %s", list(base), list(theirs), told(p))
			}
			return carry(t, ours, p.Steps())
		}
		straight := update(v[0], v[0], v[2])
		stepwise := update(v[1], update(v[0], v[0], v[1]), v[2])
		if !sameTrees(straight, stepwise) || !sameTrees(straight, v[2]) {
			t.Fatalf("v1 to v3 is not v1 to v2 to v3: %s, not %s: %s", list(straight), list(v[2]), told(Trees(Input{Base: v[0], Ours: v[0], Theirs: v[2]})))
		}
		if p := Trees(Input{Base: v[2], Ours: straight, Theirs: v[2]}); len(p.Changes) > 0 {
			t.Fatalf("something is left to do: %s", told(p))
		}
	}
}

// mine is base after its owner worked on it: files edited, deleted, moved and
// added.
func mine(t *testing.T, r *rand.Rand, base tree.Tree) tree.Tree {
	t.Helper()
	now := map[string]tree.File{}
	for f := range base.All() {
		switch r.IntN(6) {
		case 0:
			continue
		case 1:
			f.Data = append([]byte("mine "+f.Path.String()+"\n"), f.Data...)
		case 2:
			f.Data = append(slices.Clone(f.Data), "mine at the end of "+f.Path.String()+"\n"...)
		case 3:
			f.Path, _ = tree.ParsePath("moved/" + f.Path.String())
		}
		now[f.Path.String()] = f
	}
	for _, at := range places {
		if r.IntN(12) == 0 && !strings.EqualFold(at, "f") { // whose twin only the file system knows
			path, _ := tree.ParsePath(at)
			now[at] = tree.File{Path: path, Mode: tree.Regular, Data: []byte("mine alone at " + at + "\n")}
		}
	}
	for {
		made, mistakes := tree.New(slices.Collect(maps.Values(now)))
		if len(mistakes) == 0 {
			return made
		}
		delete(now, mistakes[0].Pos.File) // a file where others need a directory
		for at := range now {
			if strings.EqualFold(at, mistakes[0].Pos.File) {
				delete(now, at)
			}
		}
	}
}

// Whatever the owner did: no line that only the owner has is lost, a file that
// the template does not know is not touched, and a plan can be carried out. An
// update after it has nothing to do but what was left as a conflict.
func TestOwners(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 11))
	moves := 0
	for range 5_000 {
		moves += owner(t, r)
	}
	if moves < 500 {
		t.Errorf("only %d files of the owner's were elsewhere", moves)
	}
}

func FuzzOwners(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) { owner(t, rand.New(rand.NewPCG(a, b))) })
}

// owner updates one random project and returns how many files its owner keeps
// elsewhere.
func owner(t *testing.T, r *rand.Rand) int {
	v := history(t, r, 2)
	ours := mine(t, r, v[0])
	p := planned(t, Input{Base: v[0], Ours: snapshot(t, ours, v[0], v[1]), Theirs: v[1]})
	after := carry(t, ours, p.Steps())
	all := ""
	for f := range after.All() {
		all += string(f.Data) + "\n"
	}
	for o := range ours.All() {
		for line := range strings.Lines(string(o.Data)) {
			if strings.HasPrefix(line, "mine") && !strings.Contains(all, strings.TrimSpace(line)) {
				t.Fatalf("%q is lost: %s | %s | %s: %s", line, list(v[0]), list(ours), list(v[1]), told(p))
			}
		}
		_, inBase := v[0].Get(o.Path)
		_, inTheirs := v[1].Get(o.Path)
		if now, there := after.Get(o.Path); !inBase && !inTheirs && !strings.HasPrefix(o.Path.String(), "moved/") && (!there || !equal(&now, &o)) {
			t.Fatalf("%s is the owner's alone: %s", o.Path, told(p))
		}
	}
	again := Trees(Input{Base: v[1], Ours: snapshot(t, after, v[1], v[1]), Theirs: v[1], Moved: p.Moved})
	if len(again.Steps()) > 0 {
		t.Fatalf("something is left to do: %s, after %s", told(again), told(p))
	}
	return len(p.Moved)
}
