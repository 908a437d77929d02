// The callback button: a phone, and now or at a time.

import { Frame } from "./frame.js"

export class Window extends Frame {}
