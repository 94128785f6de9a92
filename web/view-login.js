/* The log-in page. */

import { api } from './api.js';
import { h, whileBusy } from './dom.js';
import { field, notice, showProblem } from './form.js';

/* message: why the user is here, or null. onLoggedIn() is called once there is a session. */
export function loginView(message, onLoggedIn) {
	const username = field('username', 'User name or e-mail', {
		autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false',
	});
	const password = field('password', 'Password', { type: 'password', autocomplete: 'current-password' });
	const error = notice();
	const form = h('form', { class: 'stack', novalidate: true },
		error.element, username.element, password.element,
		h('button', { type: 'submit', class: 'btn btn-primary' }, 'Log in'));

	function fail(problem) {
		error.show(showProblem([username, password], problem));
		if (problem.code === 'invalid_credentials') {
			password.input.select();
			password.input.focus();
		}
	}

	form.addEventListener('submit', (event) => {
		event.preventDefault();
		whileBusy(form, async () => {
			error.show(null);
			try {
				await api.login(username.input.value, password.input.value);
				await onLoggedIn();
			} catch (problem) {
				fail(problem);
			}
		});
	});

	return {
		title: 'Log in',
		element: h('section', { class: 'login card card-body' },
			h('h1', {}, 'Log in'),
			message === null
				? h('p', { class: 'lead' }, 'Ask for audio books, and see what becomes of it while it happens.')
				: h('p', { class: 'alert alert-info', role: 'status' }, message),
			form),
		update() {},
		focus: () => username.input.focus(),
	};
}
