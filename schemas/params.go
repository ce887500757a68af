package schemas

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// decodeParams fills one of stripe-go's parameter structs, given by its
// address, from arguments that fit its schema. Fields are matched by their form
// names, which are Stripe's. A general decoder such as mapstructure reads every
// tag of every struct in every call, which was two thirds of the time between a
// call's arguments and its parameters.
func decodeParams(args map[string]any, params any) error {
	return setFields(reflect.ValueOf(params).Elem(), args, ours)
}

// setFields fills the fields of a struct, but for the names to skip.
func setFields(to reflect.Value, from map[string]any, skip map[string]bool) error {
	fields := fieldsByName(to.Type())
	for name, value := range from {
		if skip[name] {
			continue
		}
		index, ok := fields[name]
		if !ok {
			return fmt.Errorf("%s has no field for %s", to.Type(), name)
		}
		if err := set(to.FieldByIndex(index), value); err != nil {
			return err
		}
	}
	return nil
}

var fieldsOfTypes sync.Map // what fieldsByName has returned, by the struct's type

// fieldsByName returns the index of each field by its form name.
func fieldsByName(t reflect.Type) map[string][]int {
	known, ok := fieldsOfTypes.Load(t)
	if !ok {
		fields := map[string][]int{}
		for _, f := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(f.Tag.Get("form"), ",")
			fields[name] = f.Index
		}
		known, _ = fieldsOfTypes.LoadOrStore(t, fields)
	}
	return known.(map[string][]int)
}

// set fills a field, an item or a member from a value of JSON.
func set(to reflect.Value, value any) error {
	switch to.Kind() {
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		return set(to.Elem(), value)
	case reflect.Struct:
		if object, ok := value.(map[string]any); ok {
			return setFields(to, object, nil)
		}
	case reflect.Map:
		if object, ok := value.(map[string]any); ok {
			to.Set(reflect.MakeMapWithSize(to.Type(), len(object)))
			for name, v := range object {
				member := reflect.New(to.Type().Elem()).Elem()
				if err := set(member, v); err != nil {
					return err
				}
				to.SetMapIndex(reflect.ValueOf(name), member)
			}
			return nil
		}
	case reflect.Slice:
		if array, ok := value.([]any); ok {
			to.Set(reflect.MakeSlice(to.Type(), len(array), len(array)))
			for i, v := range array {
				if err := set(to.Index(i), v); err != nil {
					return err
				}
			}
			return nil
		}
	case reflect.String:
		if text, ok := value.(string); ok {
			to.SetString(text)
			return nil
		}
	case reflect.Bool:
		if yes, ok := value.(bool); ok {
			to.SetBool(yes)
			return nil
		}
	case reflect.Int64:
		if n, ok := value.(json.Number); ok {
			i, err := n.Int64()
			to.SetInt(i)
			return err
		}
	case reflect.Float64:
		// A decimal is a string in JSON.
		f, err := strconv.ParseFloat(fmt.Sprint(value), 64)
		to.SetFloat(f)
		return err
	}
	return fmt.Errorf("%s can't hold a %T", to.Type(), value)
}
