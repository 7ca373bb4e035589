// Command cel says what Kubernetes itself makes of CEL expressions: it links the environment that admission policies are
// compiled in. It reads a JSON object a line, {"expression": …, "object": …, "bool": true}, and answers each with a line,
// {"value": …} or {"error": "compile: …"}. With "bool" the expression must be one of a policy, which is true or false.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"k8s.io/apimachinery/pkg/util/version"
	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

type question struct {
	Expression string         `json:"expression"`
	Object     map[string]any `json:"object"`
	Bool       bool           `json:"bool"`
}

type expression struct{ question }

func (e *expression) GetExpression() string { return e.Expression }

func (e *expression) ReturnTypes() []*cel.Type {
	if e.Bool {
		return []*cel.Type{cel.BoolType}
	}
	return []*cel.Type{cel.AnyType}
}

// plain is a value as JSON would have it; what JSON has not is text.
func plain(value ref.Val) any {
	switch known := value.(type) {
	case types.Null:
		return nil
	case types.Bool, types.Int, types.Uint, types.String:
		return known.Value()
	case types.Double:
		return map[string]any{"double": fmt.Sprint(known.Value())}
	case types.Bytes:
		return map[string]any{"bytes": fmt.Sprintf("%x", known.Value())}
	case types.Duration, types.Timestamp:
		return known.ConvertToType(types.StringType).Value()
	case *types.Optional:
		if !known.HasValue() {
			return map[string]any{"optional": []any{}}
		}
		return map[string]any{"optional": []any{plain(known.GetValue())}}
	case traits.Mapper:
		type entry struct {
			key   string
			value any
		}
		entries := []entry{}
		for keys := known.Iterator(); keys.HasNext() == types.True; {
			key := keys.Next()
			entries = append(entries, entry{fmt.Sprint(key.Value()), plain(known.Get(key))})
		}
		sort.Slice(entries, func(a, b int) bool { return entries[a].key < entries[b].key })
		shown := []any{}
		for _, entry := range entries {
			shown = append(shown, []any{entry.key, entry.value})
		}
		return map[string]any{"map": shown}
	case traits.Lister:
		items := []any{}
		for at := known.Iterator(); at.HasNext() == types.True; {
			items = append(items, plain(at.Next()))
		}
		return items
	}
	return map[string]any{"type": value.Type().TypeName()}
}

func main() {
	kubernetes := version.MajorMinor(1, 34)
	compiler := plugin.NewCompiler(environment.MustBaseEnvSet(kubernetes, true))
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		asked := expression{}
		if err := json.Unmarshal(lines.Bytes(), &asked.question); err != nil {
			panic(err)
		}
		answer := map[string]any{}
		options := plugin.OptionalVariableDeclarations{HasAuthorizer: true}
		compiled := compiler.CompileCELExpression(&asked, options, environment.NewExpressions)
		if compiled.Error != nil {
			answer["error"] = "compile: " + compiled.Error.Error()
		} else if value, _, err := compiled.Program.Eval(map[string]any{"object": numbers(asked.Object)}); err != nil {
			answer["error"] = "run: " + err.Error()
		} else {
			answer["value"] = plain(value)
		}
		text, err := json.Marshal(answer)
		if err != nil {
			panic(err)
		}
		fmt.Fprintln(out, string(text))
	}
}

// numbers makes whole numbers ints, as the API server's decoder does.
func numbers(value any) any {
	switch known := value.(type) {
	case float64:
		if known == float64(int64(known)) {
			return int64(known)
		}
	case map[string]any:
		for key, inner := range known {
			known[key] = numbers(inner)
		}
	case []any:
		for at, inner := range known {
			known[at] = numbers(inner)
		}
	}
	return value
}
