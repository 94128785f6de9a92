/* Fields with their labels, hints and errors, and where a problem document's sentences go. */

import { h } from './dom.js';

let fields = 0;

/*
 * A labelled input or textarea with a place for its error; optional: says so in the label. showError(null) clears it. The same
 * id scheme joins label, hint and error for assistive technology.
 */
export function field(name, label, { type = 'text', hint = null, rows = 0, optional = false, ...attributes } = {}) {
	const id = `field-${++fields}`;
	const input = rows > 0
		? h('textarea', { id, name, rows, dir: 'auto', class: 'form-control', ...attributes })
		: h('input', { id, name, type, dir: 'auto', class: 'form-control', ...attributes });
	const error = h('p', { id: `${id}-error`, class: 'invalid-feedback', hidden: true });
	const describedBy = [`${id}-error`];
	let hintElement = null;
	if (hint !== null) {
		hintElement = h('p', { id: `${id}-hint`, class: 'form-text' }, hint);
		describedBy.push(`${id}-hint`);
	}
	input.setAttribute('aria-describedby', describedBy.join(' '));
	const labelElement = h('label', { for: id, class: 'form-label' }, label, optional ? h('span', { class: 'optional' }, ' (optional)') : null);
	return {
		name,
		input,
		label: labelElement,
		element: h('div', { class: 'field' }, labelElement, input, error, hintElement),
		showError(message) {
			error.textContent = message ?? '';
			error.hidden = message === null;
			input.classList.toggle('is-invalid', message !== null);
			if (message === null) {
				input.removeAttribute('aria-invalid');
			} else {
				input.setAttribute('aria-invalid', 'true');
			}
		},
	};
}

/* The API says what is wrong with a field without naming it ("is missing"); some messages are sentences already. */
function sentence(name, message) {
	return /^\p{Lu}/u.test(message) ? message : `${name} ${message}.`;
}

/*
 * Puts each of a problem's errors beside its field, and the focus into the first. Returns in one text those that belong
 * to no field here, or null.
 */
export function showFieldErrors(fieldList, errors) {
	let first = null;
	for (const one of fieldList) {
		const found = errors.find((error) => error.field === one.name);
		one.showError(found ? sentence(one.label.firstChild.textContent, found.message) : null);
		if (found && first === null) {
			first = one;
		}
	}
	first?.input.focus();
	const rest = errors.filter((error) => !fieldList.some((one) => one.name === error.field));
	return rest.length === 0 ? null : rest.map((error) => sentence(error.field, error.message)).join(' ');
}

/* All of a problem: what concerns fields beside them, the rest as a text for the form, or null. */
export function showProblem(fieldList, problem) {
	const rest = showFieldErrors(fieldList, problem.errors);
	return problem.errors.length > 0 ? rest : problem.message;
}

/* What went wrong with a form as a whole; show(null) clears it. more: elements behind the text, such as a button. */
export function notice(...more) {
	const text = h('p', {});
	const element = h('div', { class: 'alert alert-danger notice', role: 'alert', hidden: true }, text, ...more);
	return {
		element,
		show(message) {
			text.textContent = message ?? '';
			element.hidden = message === null;
		},
	};
}
