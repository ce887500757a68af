package splice

import "io"

// Writer fills in the values in what a line-based transport writes; each Write
// must be one message.
func (v *Values) Writer(w io.Writer) io.Writer { return writer{w, v} }

type writer struct {
	w      io.Writer
	values *Values
}

func (w writer) Write(message []byte) (int, error) {
	if !w.values.any() {
		return w.w.Write(message)
	}
	buffer := buffers.Get().(*[]byte)
	out := w.values.Fill((*buffer)[:0], message)
	_, err := w.w.Write(out)
	keep(buffer, out)
	return len(message), err
}
