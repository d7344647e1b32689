package text

import (
	"reflect"
	"strings"
	"sync"

	"github.com/Masterminds/sprig/v3"
)

// builtin are the functions of text/template that stay as they are: they look
// at their arguments for a constant time.
var builtin = map[string]bool{"and": true, "or": true, "not": true, "len": true, "index": true}

// pure are the functions of sprig whose result depends on their arguments
// alone, that report their mistakes, and whose result is hardly larger than
// what they are given.
const pure = `abbrev abbrevboth adler32sum all any b32enc b64enc base biggest camelcase ceil chunk
clean coalesce compact contains deepEqual default dig dir empty ext fail floor get has hasKey hasPrefix hasSuffix
initial initials isAbs kebabcase kindIs kindOf lower max maxf min minf nospace omit pick pluck plural quote rest reverse
round semverCompare sha1sum sha256sum sha512sum snakecase sortAlpha split splitList splitn squote substr swapcase
ternary toJson toPrettyJson toRawJson toString toStrings trim trimAll trimPrefix trimSuffix trunc tuple typeIs typeIsLike
typeOf uniq untitle upper urlJoin urlParse values without wrap add add1 add1f addf div divf mod mul mulf sub subf
cat list concat append prepend join replace repeat indent nindent until untilStep seq wrapWith
fromJson chunk slice regexQuoteMeta`

// must are functions for which sprig has a second form that reports mistakes:
// here the plain name does.
const must = `append chunk compact fromJson has initial merge mergeOverwrite prepend regexFind regexFindAll regexMatch regexSplit
rest reverse slice toJson toPrettyJson toRawJson uniq without`

// reasons say why a function of sprig is left out, and what to do instead.
var reasons = []struct{ names, why string }{
	{
		"now ago date dateInZone dateModify date_in_zone date_modify duration durationRound htmlDate htmlDateInZone " +
			"mustDateModify must_date_modify mustToDate toDate unixEpoch",
		"a project does not depend on the clock: use .gen.created, the day on which it was made",
	},
	{"env expandenv", "a project does not depend on who makes it: ask a question"},
	{"getHostByName", "a project does not depend on the network: ask a question"},
	{"osBase osClean osDir osExt osIsAbs", "they differ by system: use base, clean, dir, ext, isAbs"},
	{
		"randAlpha randAlphaNum randAscii randBytes randInt randNumeric shuffle uuidv4",
		"the same answers give the same bytes: ask a question, or let the project make it when it starts",
	},
	{
		"bcrypt htpasswd derivePassword encryptAES decryptAES genCA genCAWithKey genPrivateKey genSelfSignedCert " +
			"genSelfSignedCertWithKey genSignedCert genSignedCertWithKey buildCustomCert",
		"a template makes no secrets: let the project read them from its environment",
	},
	{"set unset deepCopy mustDeepCopy push mustPush", "values do not change: make a new one with dict, merge, omit or append"},
	{"semver", "its result is no plain value: use semverCompare"},
	{"hello", "it says nothing"},
	{"trimall", "write trimAll"},
	{"call html js urlquery", "it is not needed to write files"},
}

// leftOut returns why name is not there, "" if sprig does not know it either.
func leftOut(name string) string {
	for _, r := range reasons {
		for n := range strings.FieldsSeq(r.names) {
			if n == name {
				return r.why
			}
		}
	}
	if plain, found := strings.CutPrefix(name, "must"); found && plain != "" {
		plain = strings.ToLower(plain[:1]) + plain[1:]
		if _, known := table()[plain]; known {
			return "write " + plain + ", which reports mistakes here"
		}
	}
	return ""
}

// A function is one that a template may call.
type function struct {
	value reflect.Value
	cost  func(args []reflect.Value) (int64, error) // checked and spent before the call; may be nil
}

// table returns every function by name.
var table = sync.OnceValue(func() map[string]*function {
	all := sprig.TxtFuncMap()
	functions := make(map[string]*function, 200)
	put := func(name string, f any) { functions[name] = &function{value: reflect.ValueOf(f), cost: costs[name]} }
	for name := range strings.FieldsSeq(pure) {
		put(name, all[name])
	}
	for name := range strings.FieldsSeq(must) {
		put(name, all["must"+strings.ToUpper(name[:1])+name[1:]])
	}
	for name, f := range own(all) {
		put(name, f)
	}
	return functions
})
