/* The page that changes one's password. */

import { api } from './api.js';
import { h, whileBusy } from './dom.js';
import { field, notice, showFieldErrors, showProblem } from './form.js';
import { go } from './router.js';

const SHORTEST = 10;

export function passwordView({ session, store, say }) {
	const current = field('current_password', 'Current password', { type: 'password', autocomplete: 'current-password' });
	const next = field('new_password', 'New password', {
		type: 'password', autocomplete: 'new-password', maxlength: 256, hint: `At least ${SHORTEST} characters. Several words are good, and easy to remember.`,
	});
	const failure = notice();
	const form = h('form', { class: 'card card-body stack', novalidate: true },
		/* for password managers: whose password it is */
		h('input', { type: 'text', name: 'username', autocomplete: 'username', value: store.user.username, hidden: true }),
		current.element, next.element, failure.element,
		h('p', { class: 'facts' }, 'You stay logged in here. Everywhere else you will have to log in again.'),
		h('button', { type: 'submit', class: 'btn btn-primary' }, 'Change the password'));

	function fail(problem) {
		if (problem.code === 'invalid_credentials') {
			showFieldErrors([current, next], [{ field: current.name, message: 'This is not your current password.' }]);
			current.input.select();
		} else {
			failure.show(showProblem([current, next], problem));
		}
	}

	form.addEventListener('submit', (event) => {
		event.preventDefault();
		failure.show(null);
		showFieldErrors([current, next], []);
		whileBusy(form, async () => {
			try {
				await session.ask(api.changePassword(current.input.value, next.input.value));
				go('#/');
				say('Your password is changed.');
			} catch (problem) {
				fail(problem);
			}
		});
	});

	return {
		title: 'Password',
		element: h('section', { class: 'main-column', 'aria-labelledby': 'password-heading' }, h('h1', { id: 'password-heading' }, 'Change your password'), form),
		update() {},
		focus: () => current.input.focus(),
	};
}
