package splice

import "io"

// Writer fills in what a transport over lines writes: each Write is a message.
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
