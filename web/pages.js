/*
 * The pages. page: the first part of the URL's hash; `page/17` has an id. mayOpen(store): for whom it is there; nav: its
 * words in the navigation bar, null for pages that are reached from others; count(store): a number beside them.
 * view(context, route) makes it:
 *
 *   context  {session, store, say(text, {href, text}?)}
 *   route    {page, id, query}; query holds the filters
 *   returns  {title, element, update(), load()?, failed(problem)?, navigate(route)?, unmount()?, focus()?}
 *
 * update() is called after each change of the store, load() brings what the page shows (loader.js: show), navigate() is
 * called instead of making a new view when only filters changed.
 */

import { activityView } from './view-activity.js';
import { askView } from './view-ask.js';
import { figuresView } from './view-figures.js';
import { mineView } from './view-mine.js';
import { notificationsView } from './view-notifications.js';
import { passwordView } from './view-password.js';
import { peopleView } from './view-people.js';
import { queueView } from './view-queue.js';
import { requestView } from './view-request.js';
import { statementView } from './view-statement.js';
import { tiersView } from './view-tiers.js';

const everybody = () => true;
const admins = (store) => store.isAdmin;
const askers = (store) => store.mayAsk;

export const PAGES = [
	{ page: 'queue', nav: 'Queue', mayOpen: admins, count: (store) => store.counts?.pending ?? 0, view: queueView },
	{ page: 'people', nav: 'People', mayOpen: admins, view: peopleView },
	{ page: 'tiers', nav: 'Tiers', mayOpen: admins, view: tiersView },
	{ page: 'figures', nav: 'Figures', mayOpen: admins, view: figuresView },
	{ page: 'activity', nav: 'Activity', mayOpen: admins, view: activityView },
	{ page: 'requests', nav: 'My requests', mayOpen: askers, view: mineView },
	{ page: 'ask', nav: 'Ask', mayOpen: askers, view: askView },
	{ page: 'statement', nav: 'Statement', mayOpen: askers, view: statementView },
	{ page: 'request', nav: null, mayOpen: everybody, view: requestView },
	{ page: 'notifications', nav: null, mayOpen: everybody, view: notificationsView },
	{ page: 'password', nav: null, mayOpen: everybody, view: passwordView },
];

/* The page that a route asks for; where there is none for this user, the first that there is. */
export function pageFor(route, store) {
	return PAGES.find((one) => one.page === route.page && one.mayOpen(store)) ?? PAGES.find((one) => one.mayOpen(store));
}
